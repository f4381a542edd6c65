import { Type } from 'typebox'
import { Parse } from 'typebox/value'
import { AlertRule } from '../../api/incident-schemas.ts'
import rules from './built-in.json' with { type: 'json' }

/** The rules of the release, checked when they are loaded. Those that tell anyone name the channels `browser` and `duty`. */
export const builtInRules: readonly AlertRule[] = Parse(Type.Array(AlertRule), rules)
