/** How a page stands with the fleet. */
export type Link = 'connecting' | 'live' | 'lost'
