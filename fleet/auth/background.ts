/** The header of a request that a page makes by itself, while nobody touches it: no idle session lives on by that. */
export const backgroundHeader = 'avyl-background'
