/** eSCL (AirScan) for Node: what a program that uses this client needs. */
export * from './capabilities.ts'
export * from './client.ts'
export * from './error.ts'
export type { ImageFormat } from './image-format.ts'
export type { EsclDocument, EsclJob } from './job.ts'
export type { ScanRegion, ScanSettings } from './settings.ts'
export * from './status.ts'
export type { EsclTimeouts } from './timeouts.ts'
