package subscribe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// maxLink bounds the token that is checked; a real one has 54 characters.
const maxLink = 128

// SignOrderLink returns the token of an order's link, for the portal's back end. With ORDER_LINK_KEY set, both routes want it
// as the query's "token". It is
//
//	base64url(HMAC-SHA256(key, "order" 0x00 orderID 0x00 expiry)) "." expiry
//
// where base64url is RFC 4648 section 5 without padding, orderID is the order's id as in the path after unescaping, and
// expiry is the first second at which the link is no longer good, in decimal epoch seconds. key is one key, not a list.
func SignOrderLink(key config.Secret, orderID string, expires time.Time) string {
	expiry := strconv.FormatInt(expires.Unix(), 10)
	return base64.RawURLEncoding.EncodeToString(linkSum([]byte(key.Reveal()), orderID, expiry)) + "." + expiry
}

func linkSum(key []byte, orderID, expiry string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("order\x00" + orderID + "\x00" + expiry))
	return mac.Sum(nil)
}

// checkLink refuses a token that none of the keys made for this order, or that has expired. With no keys every request passes.
// The error is the same whatever is wrong.
func checkLink(keys [][]byte, token, orderID string, now time.Time) error {
	if len(keys) == 0 {
		return nil
	}

	refused := fault.New(fault.Unauthenticated, "subscribe.checkLink", "the order link's token is missing, wrong or out of date")
	if len(token) > maxLink {
		return refused
	}

	sum, expiry, _ := strings.Cut(token, ".")
	given, err := base64.RawURLEncoding.Strict().DecodeString(sum)
	if err != nil {
		return refused
	}

	good := false
	for _, k := range keys {
		// All keys are tried, so that the time it takes does not tell which one fits.
		good = hmac.Equal(given, linkSum(k, orderID, expiry)) || good
	}

	seconds, err := strconv.ParseInt(expiry, 10, 64)
	if !good || err != nil || now.Unix() >= seconds {
		return refused
	}

	return nil
}
