import type { Asked } from './statement.js'

type Refusal = Extract<Asked, { readonly kind: 'unsupported' }>

const BUILD_FIRST = 'Do it before the build (in a step of the workflow) and COPY the result, or use a builder that has an engine.'

/** Instructions that ask to run something, or for a form that nobody else can check. */
export const refusedInstructions: Readonly<Record<string, Refusal>> = {
  RUN: refusal('RUN needs a container engine.', BUILD_FIRST),
  SHELL: refusal('SHELL only matters to RUN and to shell forms.', 'Take it out and write ENTRYPOINT and CMD as a JSON list with the shell in it.'),
  ONBUILD: refusal('ONBUILD puts instructions into images that are built on this one.', 'Write the instructions into those Dockerfiles.'),
  MAINTAINER: refusal('MAINTAINER is no longer an instruction.', 'Use `LABEL org.opencontainers.image.authors="…"`.'),
}

export const heredocRefusal = refusal('Heredocs are not supported.', 'Put the text into a file of the context and COPY it.')

export const addUrlRefusal = refusal('ADD of a URL or a repository gives another image on another day.', 'Download it before the build, check its SHA-256, and COPY the file.')

export const archiveRefusal = refusal('ADD would unpack an archive.', 'Unpack it before the build and COPY the folder, or COPY the archive as it is.')

function refusal(message: string, fix: string): Refusal {
  return { kind: 'unsupported', message, fix }
}

/** What `ADD` takes from somewhere else. */
export function isRemote(source: string): boolean {
  return /^(?:https?|ftp|git|ssh):\/\//i.test(source) || /^git@/.test(source) || /\.git(?:#.*)?$/.test(source)
}

/** Names that `ADD` would unpack. Told by name: content can only be known when the file is there. */
export function isArchive(path: string): boolean {
  return /\.(?:tar|tgz|tbz2?|txz|tzst|tar\.(?:gz|bz2|xz|zst))$/i.test(path)
}
