# tickwire's image: docker build -t tickwire:0.1.0 .    (the load test: --target bench -t tickwire-bench:0.1.0)
# Debian throughout: uWebSockets.js has binaries for glibc alone. Pin both images by digest in your registry.
FROM node:22.21.1-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM build AS bench
ENV NODE_ENV=production
USER 65532:65532
ENTRYPOINT ["node", "node_modules/tsx/dist/cli.mjs", "bench/run.ts"]

FROM build AS assemble
RUN bash scripts/assemble.sh /out

# No shell, no package manager, and nobody who could write.
FROM gcr.io/distroless/nodejs22-debian13:nonroot
COPY --from=assemble /out /app
WORKDIR /app
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 9000 9001
# The process is PID 1 and handles its signals itself.
ENTRYPOINT ["/nodejs/bin/node", "dist/main.js"]
CMD ["serve"]
