package console

import (
	"regexp"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// vendor is a provider as people choose one.
type vendor struct {
	// Name is the provider's own word, Label what people call it, and Needs what a person should have at hand.
	Name, Label, Needs string
}

// vendors are all providers that an app can be connected to.
var vendors = []vendor{
	{gupshup.Name, page.ProviderLabel(gupshup.Name), "The app's id and name, and its API key."},
	{meta.Name, page.ProviderLabel(meta.Name), "The ids of the number and of the WhatsApp account, an access token and the app secret."},
	{kaleyra.Name, page.ProviderLabel(kaleyra.Name), "The account's SID, the id of the WhatsApp account, and an API key."},
	{businessonbot.Name, page.ProviderLabel(businessonbot.Name), "The address of your bot, and its guest API key."},
}

// idWords are what a page calls a provider's own names of a connection, and where people find them.
var idWords = map[string]struct{ label, hint string }{
	gupshup.KeyAppID:                {"App id", "In Gupshup's console, under the app's settings: a long id with hyphens."},
	gupshup.KeyAppName:              {"App name", "The app's name at Gupshup, page.Spelled as it stands there."},
	meta.KeyPhoneNumberID:           {"Phone number id", "In the App Dashboard, under WhatsApp, API setup. It is not the number itself."},
	meta.KeyWABAID:                  {"WhatsApp account id", "The id of the WhatsApp Business account that the number belongs to."},
	kaleyra.KeySID:                  {"Account SID", "In Kaleyra's console, under Settings, API."},
	kaleyra.KeyPod:                  {"Region", "Where the account lives: in, ap, eu or na."},
	kaleyra.KeyVersion:              {"API version", "v2, unless Kaleyra told you another one."},
	businessonbot.KeyBaseURL:        {"Address of the bot", "The https address that BusinessOnBot's support gave you."},
	businessonbot.KeyMode:           {"How messages are made", "events: the bot chooses its texts. template: you choose them here."},
	businessonbot.KeyPhoneFormat:    {"How numbers are written", "e164 with a plus, or digits without."},
	businessonbot.KeyIDs:            {"Which id a shipment has", "order_number or shipment."},
	businessonbot.KeyDeliveryEvents: {"Events of deliveries", "on, or off if BusinessOnBot asked for that."},
}

// idOptions are the values of an id that has few of them, the usual one first.
var idOptions = map[string][]string{
	kaleyra.KeyPod:                  {"in", "ap", "eu", "na"},
	businessonbot.KeyMode:           {businessonbot.ModeEvents, businessonbot.ModeTemplate},
	businessonbot.KeyPhoneFormat:    {"e164", "digits"},
	businessonbot.KeyIDs:            {"order_number", "shipment"},
	businessonbot.KeyDeliveryEvents: {"on", "off"},
}

// badge is a word with a colour.
type badge struct{ Kind, Text string }

// standingBadge is how an app does, in a word or two.
func standingBadge(s account.State) badge {
	switch s {
	case account.Held:
		return badge{"bad", "Held"}
	case account.NotAnswering:
		return badge{"bad", "Provider does not answer"}
	case account.Silent:
		return badge{"warn", "No reports come"}
	case account.AgentAnswering:
		return badge{"warn", "An assistant answers"}
	case account.Fine:
		return badge{"ok", "Healthy"}
	default:
		return badge{"quiet", string(s)}
	}
}

// appView is an app as pages show it.
type appView struct {
	settings.AppDetail
	Vendor string
	State  badge
	// Own says that the brand itself connected the app, and Waiting that its provider reports and has not yet.
	Own, Waiting bool
	// IDs are the provider's own names of it, in the order of the form.
	IDs []idView
}

// idView is one of the provider's own names of a connection, as a form asks for it and a page shows it.
type idView struct {
	Key, Label, Hint, Value string
	Optional                bool
	Options                 []string
}

// viewOf returns an app as pages show it.
func (c *call) viewOf(d settings.AppDetail) appView {
	view := appView{
		AppDetail: d,
		Vendor:    page.ProviderLabel(d.Provider),
		State:     standingBadge(d.Standing.State),
		Own:       d.Ownership != message.Platform,
		Waiting:   d.Reports && d.Witness.IsZero(),
	}

	if form, err := c.h.Workspace.Form(c.caller, d.Provider); err == nil {
		for _, one := range idsOf(form, d.ProviderIDs) {
			if one.Value != "" {
				view.IDs = append(view.IDs, one)
			}
		}
	}

	return view
}

// lackWords say what keeps an event that is on from being sent.
var lackWords = map[account.Lack]string{
	account.LacksTemplate: "no template is chosen",
	account.LacksConsent:  "nobody has agreed to its charges",
	account.LacksOffer:    "the platform has no template for it yet",
}

// namedInAPI are the names of a connection's fields as programs have them, which no plain word is page.Spelled like.
var namedInAPI = regexp.MustCompile(`\b[a-z]+[A-Z][A-Za-z]*\b`)

// inWords puts what a provider's check or an error says of a connection into the words of the form.
func inWords(text string) string {
	text = strings.NewReplacer("or the providerIds of", "or the ids of", "correct providerIds", "correct what names the app").Replace(text)

	return namedInAPI.ReplaceAllStringFunc(text, func(name string) string {
		if words, known := idWords[name]; known {
			return "“" + words.label + "”"
		}

		return name
	})
}
