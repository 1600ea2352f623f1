package provider

// Connectable is a provider that a brand can connect an app of its own to.
type Connectable interface {
	// Form is what the brand enters for that; it does not change.
	Form() Form
	// Steps are what is left to be done at the provider once the app is installed, one plain sentence a step.
	Steps(c Callbacks) []string
}

// Form is what a brand enters to connect an app.
type Form struct {
	// Credential is what the provider calls the credential, such as "API key".
	Credential string
	// Numbered says that the business number is needed.
	Numbered bool
	// IDs are the keys of [App.ProviderIDs].
	IDs []FormID
	// Signing is where the secret comes from that callbacks are signed with or carry, and Secret what the provider calls it.
	Signing Signing
	Secret  string
}

// FormID is a key of [App.ProviderIDs].
type FormID struct {
	Key      string
	Optional bool
}

// Signing says where the secret of an app's callbacks comes from.
type Signing string

// The sources of that secret.
const (
	// NotSigned is a provider whose callbacks carry none.
	NotSigned Signing = ""
	// SignedByBrand is a secret of the provider's, which the brand enters.
	SignedByBrand Signing = "entered"
	// SignedByUs is a secret that we make, and that the brand enters at the provider.
	SignedByUs Signing = "made"
)

// Callbacks is how an app is called back, as its brand must know it to set it up by hand.
type Callbacks struct {
	// URL is the webhook's address; empty for an app that is never called back.
	URL string
	// Subscribed says that the provider has been told the address, and holds it.
	Subscribed bool
	// Modes are the kinds of callbacks that it says it makes; nil if it does not tell.
	Modes []string
	// App is the app with its signing secrets.
	App App
}
