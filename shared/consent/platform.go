package consent

// PlatformAccount stands for an account where entries belong to none: what an authority has ordered of a number, and what a shopper said to an
// app, are kept for the accounts that will meet the number later. No account has such an id.
const PlatformAccount = "platform"
