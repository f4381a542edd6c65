/** What a printer says of itself by SNMP: its Printer-MIB (RFC 3805), over SNMPv2c or SNMPv1, bounded in size and time. */
export { SnmpError, type SnmpErrorKind } from './error.ts'
export {
  createPrinterMibReader,
  type MibSupply,
  type MibTray,
  type PrinterMib,
  type PrinterMibReader,
} from './printer-mib.ts'
export type { SnmpPatience, SnmpPeer, SnmpVersion } from './session.ts'
