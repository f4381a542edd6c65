import type { ComponentChildren } from 'preact'
import { MinusIcon, PlusIcon } from './icons.tsx'

interface Choice<T> {
  readonly value: T
  readonly text: string
}

interface Choosing<T> {
  readonly label: string
  readonly value: T
  readonly choices: readonly Choice<T>[]
  readonly disabled?: boolean
  readonly choose: (value: T) => void
}

/** Two or three choices side by side. */
export const Segments = <T extends string>({ label, value, choices, disabled, choose }: Choosing<T>) => (
  <fieldset class="segments grow" disabled={disabled}>
    <legend class="unseen">{label}</legend>
    {choices.map((choice) => (
      <button
        key={choice.value}
        type="button"
        aria-pressed={choice.value === value}
        onClick={() => choose(choice.value)}
      >
        {choice.text}
      </button>
    ))}
  </fieldset>
)

/** Many choices in a list of the browser's own. */
export const Select = <T extends string | number>({
  label,
  value,
  choices,
  disabled,
  choose,
}: Choosing<T>) => (
  <select
    class="text grow"
    aria-label={label}
    title={label}
    disabled={disabled}
    onChange={(event) => {
      const chosen = choices[event.currentTarget.selectedIndex]
      if (chosen !== undefined) choose(chosen.value)
    }}
  >
    {choices.map((choice) => (
      <option key={choice.value} value={choice.value} selected={choice.value === value}>
        {choice.text}
      </option>
    ))}
  </select>
)

interface Counting {
  readonly label: string
  readonly value: number
  readonly max: number
  readonly disabled?: boolean
  readonly choose: (value: number) => void
}

/** A small number with its two buttons. */
export const Stepper = ({ label, value, max, disabled, choose }: Counting) => {
  const set = (wish: number): void => choose(Math.max(1, Math.min(max, Math.trunc(wish) || 1)))
  return (
    <div class="stepper">
      <button
        type="button"
        aria-label={`${label} −`}
        disabled={disabled || value <= 1}
        onClick={() => set(value - 1)}
      >
        <MinusIcon />
      </button>
      <label>
        <span>{label}</span>
        <input
          type="text"
          inputMode="numeric"
          value={value}
          disabled={disabled}
          onChange={(event) => {
            set(Number(event.currentTarget.value))
            event.currentTarget.value = String(
              Math.max(1, Math.min(max, Math.trunc(Number(event.currentTarget.value)) || 1)),
            )
          }}
        />
      </label>
      <button
        type="button"
        aria-label={`${label} +`}
        disabled={disabled || value >= max}
        onClick={() => set(value + 1)}
      >
        <PlusIcon />
      </button>
    </div>
  )
}

interface Checking {
  readonly checked: boolean
  readonly disabled?: boolean
  readonly children: ComponentChildren
  readonly choose: (checked: boolean) => void
}

export const Check = ({ checked, disabled, children, choose }: Checking) => (
  <label class="check">
    <input
      type="checkbox"
      checked={checked}
      disabled={disabled}
      onChange={(event) => choose(event.currentTarget.checked)}
    />
    <span>{children}</span>
  </label>
)
