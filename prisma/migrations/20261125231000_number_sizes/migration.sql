-- Bytes of the value as JSON.stringify writes it: its text without the space after each ":" and ",", and with numbers as they are there.
CREATE OR REPLACE FUNCTION jsonb_compact_size(value jsonb) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN octet_length(value::text) - (
    SELECT coalesce(sum(CASE jsonb_typeof(part)
      WHEN 'object' THEN greatest(0, 2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1)
      WHEN 'array' THEN greatest(0, jsonb_array_length(part) - 1)
      WHEN 'number' THEN length(part::text) - json_number_size(part::numeric)
      ELSE 0
    END), 0)
    FROM jsonb_path_query(value, 'strict $.**') AS part
  );
END
$$;

-- The times of messages, as those of the other records: in years that clients can be shown.
ALTER TABLE "Message"
  ADD CONSTRAINT "Message_editedAt_shown" CHECK ("editedAt" >= '0001-01-01 00:00:00+00' AND "editedAt" < '10000-01-01 00:00:00+00'),
  ADD CONSTRAINT "Message_deletedAt_shown" CHECK ("deletedAt" >= '0001-01-01 00:00:00+00' AND "deletedAt" < '10000-01-01 00:00:00+00');
