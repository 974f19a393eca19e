/** Segment's reserved traits by Mixpanel's names for them, as traits are spelled: `firstName` or `first_name`. */
const USER = {
  avatar: "$avatar",
  created: "$created",
  createdat: "$created",
  email: "$email",
  firstname: "$first_name",
  lastname: "$last_name",
  name: "$name",
  phone: "$phone",
  username: "$username",
};
const GROUP = { name: "$name" };

/** @param {Record<string, unknown>} traits of identify */
export const userProfile = (traits) => renamed(traits, USER);

/** @param {Record<string, unknown>} traits of group */
export const groupProfile = (traits) => renamed(traits, GROUP);

function renamed(traits, names) {
  return Object.fromEntries(
    Object.entries(traits).map(([trait, value]) => [names[trait.replaceAll("_", "").toLowerCase()] ?? trait, value]),
  );
}
