package settings

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// AppInput is what is entered to connect an app.
type AppInput struct {
	// Ownership is whose account at the provider it is; empty means client.
	Ownership message.Ownership
	// AppID names the platform's app; empty where there is one alone, and for an app of the brand's own.
	AppID string
	// Name is what its people call the app; empty means what the provider or the platform is called.
	Name string
	ConnectionInput
}

// ConnectionInput is what a provider wants to know of an app, by its [provider.Form].
type ConnectionInput struct {
	Provider string
	// Number is the business number with its country code.
	Number string
	// ProviderIDs are the provider's own names of the connection.
	ProviderIDs map[string]string
	// Credential is the API key or access token, Signing the secret that the provider signs callbacks with.
	Credential, Signing config.Secret
}

const (
	// maxCredential is the most bytes of a credential. Meta's tokens have a few hundred.
	maxCredential = 4096
	// maxProviderID is the most bytes of a provider's own name.
	maxProviderID = 500
)

// connectable is a provider that apps can be connected to.
type connectable interface {
	provider.Provider
	provider.Connectable
}

// check returns the provider, and the app that would be connected, ready for calls; an error for the first field that is wrong.
func (in ConnectionInput) check(providers Providers, appID string) (connectable, provider.App, error) {
	known, _ := providers.Get(in.Provider)

	p, ok := known.(connectable)
	if !ok {
		return nil, provider.App{}, fault.Field("provider", "must be gupshup, meta, kaleyra or businessonbot")
	}

	form := p.Form()

	number, err := in.number(form)
	if err != nil {
		return nil, provider.App{}, err
	}
	if err = in.checkIDs(form); err != nil {
		return nil, provider.App{}, err
	}
	if err = in.checkSecrets(form); err != nil {
		return nil, provider.App{}, err
	}

	app := provider.App{ID: appID, Number: number, ProviderIDs: in.ProviderIDs, Secret: in.Credential}
	if form.Signing == provider.SignedByBrand {
		app.Signing = []config.Secret{in.Signing}
	}

	if err = p.CheckConfig(app); err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return nil, provider.App{}, fault.Field("providerIds", strings.TrimPrefix(line, in.Provider+": "))
	}

	return p, app, nil
}

// number returns the business number as digits.
func (in ConnectionInput) number(form provider.Form) (string, error) {
	if in.Number == "" && !form.Numbered {
		return "", nil
	}

	n, err := phone.FromE164("+" + strings.TrimPrefix(strings.TrimSpace(in.Number), "+"))
	if err != nil {
		return "", fault.Field("number", "must be the business number with its country code, such as +919000000100")
	}

	return n.Digits(), nil
}

// checkIDs wants the keys of the form and no others.
func (in ConnectionInput) checkIDs(form provider.Form) error {
	keys := make([]string, len(form.IDs))
	for i, id := range form.IDs {
		keys[i] = id.Key
		if !id.Optional && strings.TrimSpace(in.ProviderIDs[id.Key]) == "" {
			return fault.Field("providerIds."+id.Key, "is missing")
		}
	}

	for key, value := range in.ProviderIDs {
		switch {
		case !slices.Contains(keys, key):
			return fault.Field("providerIds", "must have only these keys: "+strings.Join(keys, ", "))
		case len(value) > maxProviderID || strings.ContainsFunc(value, unicode.IsControl) || value != strings.TrimSpace(value):
			return fault.Field("providerIds."+key, "must be one line without blanks around it, at most 500 bytes")
		}
	}

	return nil
}

// checkSecrets wants the credential, and the signing secret where the brand enters it.
func (in ConnectionInput) checkSecrets(form provider.Form) error {
	if !isCredential(in.Credential) {
		return errCredential(form)
	}

	return checkSigning(form, in.Signing)
}

// checkSigning wants the signing secret where the brand enters it, and none elsewhere.
func checkSigning(form provider.Form, secret config.Secret) error {
	switch entered := form.Signing == provider.SignedByBrand; {
	case !entered && !secret.IsZero():
		return fault.Field("signingSecret", "is not entered for this provider")
	case entered && !isCredential(secret):
		return fault.Field("signingSecret", "must be the "+form.Secret+": one line without blanks, at most 4096 bytes")
	}

	return nil
}

// errCredential is the error of a credential that cannot be one.
func errCredential(form provider.Form) error {
	return fault.Field("credential", "must be the "+form.Credential+": one line without blanks, at most 4096 bytes")
}

// isCredential reports whether a secret can be one: printable, in one piece.
func isCredential(s config.Secret) bool {
	text := s.Reveal()
	return text != "" && len(text) <= maxCredential && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
}

const (
	// lastShown is how many characters of a credential are shown, and enough how many it must have for that.
	lastShown = 4
	enough    = 12
)

// last4 are the last characters of a credential, by which a person knows it; none of a short one.
func last4(s config.Secret) string {
	text := []rune(s.Reveal())
	if len(text) < enough {
		return ""
	}

	return string(text[len(text)-lastShown:])
}

// remedies say what to do about a result whose detail says only what is wrong.
var remedies = map[provider.CheckState]string{
	provider.CheckUnknownApp:     " Mend that at the provider, or correct providerIds.",
	provider.CheckNumberMismatch: " Enter that number, or the providerIds of the app that has this one.",
}

// refused turns the result of a check into an error that says what to mend, nil if the app works.
func refused(op string, r provider.CheckResult) error {
	field := map[provider.CheckState]string{
		provider.CheckInvalidKey:     "credential",
		provider.CheckUnknownApp:     "providerIds",
		provider.CheckWrongVersion:   "providerIds",
		provider.CheckNumberMismatch: "number",
		provider.CheckWrongSigning:   "signingSecret",
	}[r.State]

	switch {
	case r.Works():
		return nil
	case field != "":
		return &fault.Error{Kind: fault.Invalid, Op: op, Field: field, Msg: r.Detail + remedies[r.State], Code: string(r.State)}
	default:
		return &fault.Error{
			Kind: fault.Unavailable,
			Op:   op,
			Msg:  r.Detail + " Nothing was changed.",
			Code: string(r.State),
			Err:  fmt.Errorf("the provider gave no answer about the app: %w", &provider.SendError{Failure: message.Failure{RetryAfter: r.RetryAfter}}),
		}
	}
}
