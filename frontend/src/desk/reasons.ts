/** Why a note is not on the wall, as its author is told; the wall's own codes. */
export const REASONS = ["person", "duplicate", "offtopic", "rude", "unclear", "other"] as const;
/** As the wall's own limits, in characters that people count. */
export const REASON_MOST = 140;
export const ANSWER_MOST = 500;
export const NAME_MOST = 60;
export const TITLE_MOST = 120;
