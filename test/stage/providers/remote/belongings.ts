/** What a small project makes on a server. */
export const belongings = {
  database: 'rehearsed',
  roles: ['rehearsed_connect', 'reader'],
  connectRole: 'rehearsed_connect',
};
