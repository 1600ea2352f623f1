package subscribe

import (
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/platform"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// The notice beside the portal's checkbox, unless the configuration names another one.
const (
	noticeVersion = "wa-order-updates/en/1"
	noticeText    = "Send me updates about my orders from this brand on WhatsApp. I can take this back here at any time, or by answering STOP."
)

// minLinkKey is the fewest bytes of a key that order links are signed with.
const minLinkKey = 16

// Config is what this function reads.
type Config struct {
	Project  config.Project
	Secrets  secret.Config
	PhoneKey wire.PhoneKey
	Client   httpx.ClientConfig
	Platform platform.Config
	Settings settings.Config
	Orders   orders.Config
	// PortalOrigins are the origins whose pages may call, such as https://portal.example.com.
	PortalOrigins []string `env:"PORTAL_ORIGINS"`
	// OrderLinkKey, if set, makes both routes ask for an order link's token. Of several keys, separated by commas, any may have
	// made it, so that a key can be replaced while links that it signed are still in use.
	OrderLinkKey config.Secret `env:"ORDER_LINK_KEY"`
	// NoticeVersion names the notice that the portal shows with its checkbox, NoticeHash is the SHA-256 of its exact text
	// in hex. Both or neither are set; neither means the text that comes with this package.
	NoticeVersion string `env:"CONSENT_NOTICE_VERSION"`
	NoticeHash    string `env:"CONSENT_NOTICE_SHA256"`
}

var (
	sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// noticeName keeps everything but a short name out of the ledger, such as personal data.
	noticeName = regexp.MustCompile(`^[A-Za-z0-9._/-]{1,64}$`)
)

// Validate checks what is the function's own.
func (c Config) Validate() error {
	var check config.Check
	check.Origins("PORTAL_ORIGINS", c.PortalOrigins)
	check.That(!slices.ContainsFunc(c.linkKeys(), tooShort), "ORDER_LINK_KEY must have keys of at least 16 bytes")

	check.That((c.NoticeVersion == "") == (c.NoticeHash == ""), "CONSENT_NOTICE_VERSION and CONSENT_NOTICE_SHA256 go together")
	check.That(c.NoticeVersion == "" || noticeName.MatchString(c.NoticeVersion), "CONSENT_NOTICE_VERSION must be a word such as wa-order-updates/en/3")
	check.That(c.NoticeHash == "" || sha256Hex.MatchString(c.NoticeHash), "CONSENT_NOTICE_SHA256 must be 64 lower-case hex digits")

	return check.Err()
}

func tooShort(linkKey []byte) bool { return len(linkKey) < minLinkKey }

// linkKeys returns the keys of order links; none if links are not asked for.
func (c Config) linkKeys() [][]byte {
	if c.OrderLinkKey.IsZero() {
		return nil
	}

	var keys [][]byte
	for k := range strings.SplitSeq(c.OrderLinkKey.Reveal(), ",") {
		keys = append(keys, []byte(strings.TrimSpace(k)))
	}

	return keys
}

// notice returns the notice that a grant says the shopper was shown.
func (c Config) notice() (version, hash string) {
	if c.NoticeVersion == "" {
		return noticeVersion, consent.NoticeHash(noticeText)
	}
	return c.NoticeVersion, c.NoticeHash
}
