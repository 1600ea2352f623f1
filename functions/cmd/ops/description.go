package main

import (
	"cmp"
	"maps"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// description is an account as an operator writes it. A key that it does not have is refused.
type description struct {
	ID, Slug, Name string
	ConsentMode    account.ConsentMode
	// TimeZone, Declaration, PortalLink, MarkupBasisPoints and limits stay as they are where a file does not have them, or has null. An empty
	// link, no mark-up and no limit are settings like any other: those are nil where they are to stay.
	TimeZone          string
	Declaration       settings.DeclarationInput
	PortalLink        *string
	MarkupBasisPoints *int
	DailyLimit        *int64
	MonthlyLimit      *int64
}

// byWorkspace says of what a file does not set by which route of the workspace API it is set.
func byWorkspace() map[string]string {
	return map[string]string{
		"apps":     "POST /v1/accounts/{accountId}/apps installs an app",
		"events":   "PUT /v1/accounts/{accountId}/notifications sets all events of an app",
		"maxAge":   "PUT /v1/accounts/{accountId}/notifications has it, as maxAgeSeconds",
		"sender":   "PUT /v1/accounts/{accountId}/sender chooses it",
		"webhooks": "POST /v1/accounts/{accountId}/apps makes an app's webhook, and POST …/apps/{appId}/webhook-token replaces its token",
	}
}

// readDescription reads the one JSON object of a file. What the file has and a description cannot take is left out, and noted in c.
func readDescription(text []byte, c *checks) (description, error) {
	values, err := readJSON(text)
	if err != nil {
		return description{}, err
	}

	moved := byWorkspace()
	for _, key := range slices.Sorted(maps.Keys(moved)) {
		_, there := values[key]
		c.that(!there, key, "is not set by a file, but over the workspace API: "+moved[key]+". README.md shows how, under A brand's first day")
		delete(values, key)
	}

	return readAccount(&object{checks: c, values: values}), nil
}

// readAccount reads the object of an account.
func readAccount(o *object) description {
	d := description{
		ID:                o.text("id"),
		Slug:              o.text("slug"),
		Name:              o.text("name"),
		ConsentMode:       account.ConsentMode(o.text("consentMode")),
		TimeZone:          o.text("timeZone"),
		PortalLink:        given(o, "portalLink", o.text),
		MarkupBasisPoints: given(o, "markupBasisPoints", o.whole),
		DailyLimit:        given(o, "dailyLimitMicros", o.long),
		MonthlyLimit:      given(o, "monthlyLimitMicros", o.long),
	}

	declared := o.object("declaration")
	d.Declaration = settings.DeclarationInput{
		By:   declared.text("by"),
		Text: declared.text("text"),
		At:   declared.moment("at"),
	}

	declared.end()
	o.end()

	return d
}

// input returns what the file says of the account; what it does not say is as the account has it, if it is known.
func (d description) input(known account.Account) settings.AccountInput {
	in := settings.AccountInput{
		Slug:              d.Slug,
		Name:              d.Name,
		TimeZone:          cmp.Or(d.TimeZone, known.TimeZone),
		ConsentMode:       d.ConsentMode,
		PortalLink:        known.PortalLink,
		MarkupBasisPoints: known.MarkupBasisPoints,
		Limits:            known.Limits,
	}
	if d.PortalLink != nil {
		in.PortalLink = *d.PortalLink
	}
	if d.MarkupBasisPoints != nil {
		in.MarkupBasisPoints = *d.MarkupBasisPoints
	}
	if d.DailyLimit != nil {
		in.Limits.DailyMicros = *d.DailyLimit
	}
	if d.MonthlyLimit != nil {
		in.Limits.MonthlyMicros = *d.MonthlyLimit
	}

	switch {
	case d.Declaration != settings.DeclarationInput{}:
		in.Declaration = &d.Declaration
	case d.ConsentMode == account.BrandDeclared && known.Declaration != nil:
		in.Declaration = &settings.DeclarationInput{By: known.Declaration.By, Text: known.Declaration.Text, At: known.Declaration.At}
	}

	return in
}
