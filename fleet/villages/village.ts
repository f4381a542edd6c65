/** Where service points stand. Names are those that terminals are registered with. */
export interface Village {
  readonly name: string
  readonly district: string
  /** Degrees of WGS 84, where they are known. */
  readonly latitude?: number
  readonly longitude?: number
}

/** The villages by name; one that nobody described is in the district ''. */
export interface Villages {
  list(): readonly Village[]
  get(name: string): Village | undefined
  districtOf(name: string): string
}
