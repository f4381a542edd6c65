import type { ComponentChildren } from 'preact'

const Icon = ({ children }: { children: ComponentChildren }) => (
  <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
    {children}
  </svg>
)

export const TurnRightIcon = () => (
  <Icon>
    <path d="M20 4v6h-6M19.5 10A8 8 0 1 0 20 14" />
  </Icon>
)
export const TurnLeftIcon = () => (
  <Icon>
    <path d="M4 4v6h6M4.500 10A8 8 0 1 1 4 14" />
  </Icon>
)
export const DeleteIcon = () => (
  <Icon>
    <path d="M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5" />
  </Icon>
)
export const UndoIcon = () => (
  <Icon>
    <path d="M8 5 3 10l5 5M3 10h11a6 6 0 0 1 0 12h-3" />
  </Icon>
)
export const BackIcon = () => (
  <Icon>
    <path d="M19 12H5M11 6l-6 6 6 6" />
  </Icon>
)
export const OnIcon = () => (
  <Icon>
    <path d="M5 12h14M13 6l6 6-6 6" />
  </Icon>
)
export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
)
export const MinusIcon = () => (
  <Icon>
    <path d="M5 12h14" />
  </Icon>
)
export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6 6 18" />
  </Icon>
)
export const KeyboardIcon = () => (
  <Icon>
    <path d="M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M17.500 10h.01M8 14h8" />
  </Icon>
)
export const ScanIcon = () => (
  <Icon>
    <path d="M5 3h14v8H5zM3 15h18M6 19h12" />
  </Icon>
)
