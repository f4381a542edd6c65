/** A strict, bounded IPP client for Node: RFC 8010 (encoding), RFC 8011 (model), without dependencies. */
export { boolean, integers, octets, resolutions, strings } from './attributes.ts'
export { createIppClient, type IppClient, type IppClientOptions, type JobRequest } from './client.ts'
export { type DecodedMessage, decodeMessage } from './decode.ts'
export { encodeMessage } from './encode.ts'
export { IppError, type IppErrorKind } from './error.ts'
export type { ExchangeLimits } from './exchange.ts'
export {
  type IppAttributes,
  type IppGroup,
  type IppLimits,
  type IppMessage,
  type IppResolution,
  type IppValue,
  usualLimits,
} from './message.ts'
export { isSuccessful, type OperationName, operations, statusName } from './status.ts'
export type { TransportOptions } from './transport.ts'
