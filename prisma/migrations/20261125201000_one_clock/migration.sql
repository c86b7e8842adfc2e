-- Ids ------------------------------------------------------------------------------------------------------------------

-- UUID version 7 with the fraction of the millisecond in rand_a (RFC 9562, section 6.2, method 3), as PostgreSQL 18 makes it itself.
-- Before 18 the next id has a later microsecond, since each waits until its own is over: who sees an id makes only greater ones, on
-- this server, in whatever session. Between servers, and when the clock is set back, ids are as ordered as the clocks are.
CREATE OR REPLACE FUNCTION uuid_v7() RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  made timestamptz;
  tick bigint;
  id uuid;
BEGIN
  IF current_setting('server_version_num')::integer >= 180000 THEN
    RETURN uuidv7();
  END IF;
  made := clock_timestamp();
  tick := date_part('epoch', made) * 4096000;
  id := encode(int8send((tick >> 12 << 16) | x'7000'::bigint | (tick & 4095)) || substr(uuid_send(gen_random_uuid()), 9), 'hex');
  WHILE clock_timestamp() = made LOOP
  END LOOP;
  RETURN id;
END
$$;
DROP SEQUENCE uuid_v7_counter;

-- Times ----------------------------------------------------------------------------------------------------------------

-- Clients are shown years 1 to 9999. Rows that no client could read so far get the nearest time that can be shown.
DO $$
DECLARE
  place record;
BEGIN
  FOR place IN
    SELECT quote_ident(relname) AS name, quote_ident(attname) AS attribute, attnotnull, quote_ident(relname || '_' || attname || '_shown') AS rule
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE pg_class.oid = ANY (ARRAY['"Workspace"', '"Member"', '"Integration"', '"ApiKey"', '"Customer"', '"Channel"', '"Conversation"',
      '"Participant"', '"Message"']::regclass[]) AND atttypid = 'timestamptz'::regtype AND attnum > 0
  LOOP
    EXECUTE format(
      $update$UPDATE %1$s SET %2$s = least(greatest(%2$s, '0001-01-01 00:00:00+00'), '9999-12-31 23:59:59.999+00')
        WHERE %2$s < '0001-01-01 00:00:00+00' OR %2$s >= '10000-01-01 00:00:00+00'$update$, place.name, place.attribute);
    EXECUTE format(
      $alter$ALTER TABLE %1$s ADD CONSTRAINT %2$s CHECK (%3$s >= '0001-01-01 00:00:00+00' AND %3$s < '10000-01-01 00:00:00+00')$alter$,
      place.name, place.rule, place.attribute);
    -- Spelled so that Prisma leaves it to the database: its now() is the clock of the gateway.
    IF place.attnotnull THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT transaction_timestamp()', place.name, place.attribute);
    END IF;
  END LOOP;
END
$$;

-- Metadata -------------------------------------------------------------------------------------------------------------

-- Bytes of a number as JSON.stringify writes it: numeric has every digit of 1e-300.
CREATE FUNCTION json_number_size(value numeric) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  whole text := trunc(abs(value))::text;
  fraction text := rtrim(split_part(abs(value)::text, '.', 2), '0');
  digits text := ltrim(fraction, '0');
  exponent integer := length(fraction) - length(digits) + 1;
BEGIN
  IF whole <> '0' OR exponent <= 6 OR digits = '' THEN
    RETURN (value < 0)::integer + length(whole) + CASE fraction WHEN '' THEN 0 ELSE 1 + length(fraction) END;
  END IF;
  -- 1.5e-7
  RETURN (value < 0)::integer + length(digits) + (length(digits) > 1)::integer + 2 + length(exponent::text);
END
$$;

-- Bytes of the value as JSON.stringify writes it: its text without the space after each ":" and ",", and with numbers as they are there.
CREATE OR REPLACE FUNCTION jsonb_compact_size(value jsonb) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT octet_length(value::text) - coalesce(sum(CASE jsonb_typeof(part)
    WHEN 'object' THEN greatest(0, 2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1)
    WHEN 'array' THEN greatest(0, jsonb_array_length(part) - 1)
    WHEN 'number' THEN length(part::text) - json_number_size(part::numeric)
    ELSE 0
  END), 0)::integer
  FROM jsonb_path_query(value, 'strict $.**') AS part
$$;
