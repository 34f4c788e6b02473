# The image of the Tekton Task. Nothing here needs BuildKit: docker, podman, buildah and OpenShift's docker strategy
# all build it. README.md, "Building the image", has the commands.
#
# Both bases can be replaced (--build-arg), by a mirror's name or by a digest that you have checked. The tags are the
# newest that public sources name in November 2026 (both are of 2026-10-06); no digest stands here, because none could
# be checked against the registry. Node 24 is an LTS line until 2028-04-30 and the newest that Red Hat publishes as an
# image on UBI 9.
ARG BUILD_IMAGE=registry.access.redhat.com/ubi9/nodejs-24-minimal:9.8-1791306535
ARG BASE_IMAGE=registry.access.redhat.com/ubi9/ubi-minimal:9.8-1791279563

FROM ${BUILD_IMAGE} AS build
# For a registry of your own: --build-arg NPM_CONFIG_REGISTRY=https://… (the lock file names none).
ARG NPM_CONFIG_REGISTRY
# Makes the bill of materials carry a time: seconds since 1970, e.g. of the commit.
ARG SOURCE_DATE_EPOCH
WORKDIR /opt/app-root/src
# The base's user is 1001; COPY alone would leave root's files in its folder.
COPY --chown=1001:0 package.json package-lock.json .npmrc ./
# No package's install script runs: the build needs none.
RUN npm ci --ignore-scripts
COPY --chown=1001:0 LICENSE tsconfig.json ./
COPY --chown=1001:0 scripts scripts/
COPY --chown=1001:0 src src/
# The modes of a checkout depend on somebody's umask; any UID must be able to read the result.
RUN npm run build && chmod 0755 dist/bluegreen.mjs && chmod 0644 LICENSE dist/openpgp.mjs dist/picture.mjs dist/THIRD-PARTY-LICENSES.txt dist/bluegreen.cdx.json

# Why not on nodejs-24-minimal: it brings npm, nodemon, tar and a build environment; what a later layer deletes is still
# in the lower one, to be shipped and scanned. Why not node's binary copied onto ubi-minimal: Red Hat's is linked with
# libnode, libuv, libstdc++ and more and set up for the system's OpenSSL and its policies; a copied file also is not in
# the RPM database, so that scanners and `microdnf update` would not know of it. Installed as a package, without weak
# dependencies (npm is one), all of that is right, and each build takes the newest fixes of the line.
FROM ${BASE_IMAGE}
ARG BASE_IMAGE
ARG NODE_MAJOR=24
USER 0
RUN microdnf -y module enable nodejs:${NODE_MAJOR} \
 && microdnf -y --nodocs --setopt=install_weak_deps=0 install nodejs \
 && microdnf clean all \
 && rm -rf /var/cache/dnf /var/cache/yum /var/log/dnf* /var/log/hawkey* \
 && case "$(node --version)" in "v${NODE_MAJOR}."*) ;; *) exit 1 ;; esac \
 && if command -v npm; then exit 1; fi
# Root's and read-only for whoever runs it.
COPY --from=build --chown=0:0 /opt/app-root/src/dist/bluegreen.mjs /opt/bluegreen/bluegreen.mjs
# Loaded only to sign commits. Under the LGPL: whoever wants another version of the library may mount it here.
COPY --from=build --chown=0:0 /opt/app-root/src/dist/openpgp.mjs /opt/bluegreen/openpgp.mjs
# Loaded only to draw the picture of a report.
COPY --from=build --chown=0:0 /opt/app-root/src/dist/picture.mjs /opt/bluegreen/picture.mjs
COPY --from=build --chown=0:0 /opt/app-root/src/LICENSE /opt/app-root/src/dist/THIRD-PARTY-LICENSES.txt /opt/app-root/src/dist/bluegreen.cdx.json /licenses/

ARG VERSION=0.1.0
ARG RELEASE=1
# What only the builder knows; empty rather than the base's, which would be wrong.
ARG REVISION=""
ARG CREATED=""
ARG URL=""
# Everything that describes Red Hat's image, not this one, is overridden.
LABEL name="bluegreen" \
      vendor="bluegreen" \
      maintainer="bluegreen maintainers" \
      version="${VERSION}" \
      release="${RELEASE}" \
      summary="Cuts a KServe model over from blue to green through Git, and proves it" \
      description="Edits one value in a GitOps repository, waits until KServe routes all traffic to the revision named beforehand, and proves by the request counters that only its pods answer. The steps of the Tekton Task bluegreen." \
      url="${URL}" \
      build-date="${CREATED}" \
      vcs-type="git" \
      vcs-ref="${REVISION}" \
      com.redhat.component="bluegreen-container" \
      distribution-scope="public" \
      io.k8s.display-name="bluegreen" \
      io.k8s.description="Blue/green cut-over of KServe models through Git, with proof" \
      io.openshift.tags="kserve,blue-green,gitops,tekton" \
      io.openshift.expose-services="" \
      org.opencontainers.image.title="bluegreen" \
      org.opencontainers.image.description="Cuts a KServe model over from blue to green, or back, through Git, and proves it." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.url="${URL}" \
      org.opencontainers.image.source="${URL}" \
      org.opencontainers.image.vendor="bluegreen" \
      org.opencontainers.image.authors="bluegreen maintainers" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"

# Numeric, for runAsNonRoot; OpenShift replaces it by a UID of the namespace, with group 0. Nothing is ever written here.
USER 1001
WORKDIR /
# The build fails if the program does not start, for a user without rights.
RUN ["node", "/opt/bluegreen/bluegreen.mjs", "--version"]
ENTRYPOINT ["node", "/opt/bluegreen/bluegreen.mjs"]
CMD ["--help"]
