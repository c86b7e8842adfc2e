# The gateway for production, on a PostgreSQL of its own: docker build -t parley .
FROM docker.io/library/node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY prisma.config.ts tsconfig.json tsconfig.build.json ./
COPY prisma prisma
COPY src src
RUN npm run generate && npm run build && chmod +x dist/src/main.js dist/src/*/*.js && npm prune --omit=dev --ignore-scripts --no-audit --no-fund
# The image has no embedded database, and Prisma compiles queries for PostgreSQL alone: without the rest it is half as large.
RUN rm -r node_modules/@electric-sql node_modules/.bin \
  && find node_modules/@prisma/client/runtime -name '*.wasm-base64.*' ! -name '*.postgresql.*' -delete \
  && find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM docker.io/library/node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/dist/src/keys/cli.js /usr/local/bin/parley-keys \
  && ln -s /app/dist/src/commands/migrate.js /usr/local/bin/parley-migrate \
  && ln -s /app/dist/src/commands/distribute.js /usr/local/bin/parley-distribute
# A number, so that Kubernetes can tell that this is not root.
USER 1000:1000
EXPOSE 4000
# A database that is away is no reason to restart the gateway: /readyz tells balancers of it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/main.js"]
