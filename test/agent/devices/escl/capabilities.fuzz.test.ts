import { suite } from 'uvu'
import { parseCapabilities } from '../../../../agent/devices/escl/capabilities.ts'
import { capabilities } from './documents.ts'
import { survivesMutations } from './mutations.ts'

const hostile = suite('a mutated ScannerCapabilities')

hostile('gives a value or an EsclError, within 50 ms and in bounded memory', () => {
  survivesMutations(capabilities, parseCapabilities)
})

hostile.run()
