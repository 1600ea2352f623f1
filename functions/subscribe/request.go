package subscribe

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

const (
	// orderPath is the route of shared/platform/CONTRACT.md section 2.1, up to the order's id.
	orderPath = reserved + "/api/esb/v2/order/"
	// reserved begins the paths that Cloud Run keeps to itself ("Known issues in Cloud Run", reserved URL paths): no request for one
	// reaches a function. So the route is served without it too, and that is the one that a portal can call.
	reserved = "/_ah"
	// maxOrderID bounds an order's id; the platform's have 8 digits.
	maxOrderID = 128
	// maxDigits bounds a whole number in digits.
	maxDigits = 20
)

// The keys of the POST's body, in the order of shared/platform/CONTRACT.md section 3.2.
const (
	keyPhone   = "contactPhone"
	keyName    = "customerName"
	keyEmail   = "email"
	keyAccount = "accountId"
	keyStatus  = "whatsAppStatus"
)

var bodyKeys = [...]string{keyPhone, keyName, keyEmail, keyAccount, keyStatus}

// orderIDOf returns the order's id in the path. The error is NotFound for any other path and Invalid for what cannot be an id.
// The platform numbers its orders; characters that a proxy or a log could read as something else are refused.
func orderIDOf(u *url.URL) (string, error) {
	const op = "subscribe.orderIDOf"
	path := strings.TrimPrefix(u.EscapedPath(), reserved)
	escaped, ok := strings.CutPrefix(path, strings.TrimPrefix(orderPath, reserved))
	if !ok || escaped == "" || strings.Contains(escaped, "/") {
		return "", fault.New(fault.NotFound, op, "no such path")
	}

	id, err := url.PathUnescape(escaped)
	switch {
	case err != nil || id == "." || id == ".." || strings.ContainsFunc(id, notInID):
		return "", fault.Field("order_id", "is not an order id: letters, digits and - _ . ~ only")
	case len(id) > maxOrderID:
		return "", fault.Field("order_id", "is too long")
	}

	return id, nil
}

func notInID(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '_', r == '.', r == '~':
		return false
	}
	return true
}

// request is what a POST asks for.
type request struct {
	phone, email string
	// account is the account's id in digits without leading zeros.
	account string
	status  consent.Status
	// raw are the five values as they came, for the answer, which echoes them.
	raw map[string]json.RawMessage
}

// parseRequest reads a POST's body. All five keys must be there; name and e-mail may be empty or null, since orders have
// such. Other keys do not matter. Errors are Invalid and name the key, never a value.
func parseRequest(body []byte) (request, error) {
	r := request{}
	if err := httpx.DecodeJSON(body, &r.raw); err != nil {
		return request{}, err
	}
	if r.raw == nil {
		return request{}, fault.New(fault.Invalid, "", "the body must be an object")
	}

	for _, key := range bodyKeys {
		if _, ok := r.raw[key]; !ok {
			return request{}, fault.Field(key, "is missing")
		}
	}

	var err error
	if r.phone, err = r.phoneNumber(); err != nil {
		return request{}, err
	}
	if _, err = r.text(keyName, true); err != nil {
		return request{}, err
	}
	if r.email, err = r.text(keyEmail, true); err != nil {
		return request{}, err
	}
	if r.account, err = r.digits(keyAccount); err != nil {
		return request{}, err
	}

	status, err := r.text(keyStatus, false)
	if err != nil {
		return request{}, err
	}

	switch r.status = consent.Status(status); r.status {
	case consent.Active, consent.Inactive:
		return r, nil
	default:
		return request{}, fault.Field(keyStatus, "must be ACTIVE or INACTIVE")
	}
}

// text reads a string without the blanks around it.
func (r request) text(key string, optional bool) (string, error) {
	raw := r.raw[key]
	if optional && string(raw) == "null" {
		return "", nil
	}
	var v string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &v) != nil {
		return "", fault.Field(key, "must be a string")
	}
	if v = strings.TrimSpace(v); v == "" && !optional {
		return "", fault.Field(key, "must not be empty")
	}

	return v, nil
}

// phoneNumber reads a telephone number that comes as a string in any spelling, or as a number.
func (r request) phoneNumber() (string, error) {
	switch raw := r.raw[keyPhone]; {
	case len(raw) > 0 && raw[0] >= '0' && raw[0] <= '9':
		return r.digits(keyPhone)
	case len(raw) > 0 && raw[0] == '"':
		return r.text(keyPhone, false)
	default:
		return "", fault.Field(keyPhone, "must be a telephone number, as a string or a number")
	}
}

// digits reads a whole number that comes as a string or as a number.
func (r request) digits(key string) (string, error) {
	wrong := fault.Field(key, "must be a whole number, as a number or a string")
	v := string(r.raw[key])
	if strings.HasPrefix(v, `"`) {
		var err error
		if v, err = r.text(key, false); err != nil {
			return "", err
		}
	}
	if whole, part, ok := strings.Cut(v, "."); ok && strings.Trim(part, "0") == "" && part != "" {
		v = whole
	}
	if v == "" || strings.ContainsFunc(v, func(c rune) bool { return c < '0' || c > '9' }) {
		return "", wrong
	}
	if v = strings.TrimLeft(v, "0"); v == "" || len(v) > maxDigits {
		return "", wrong
	}

	return v, nil
}

// done returns the documented answer to a POST that did what it asked: the five values as they came, and a sixth. The sample of
// the sixth ends with a blank, which is taken for a slip (shared/platform/CONTRACT.md section 3.2).
func (r request) done() []byte {
	b := []byte{'{'}
	for _, key := range bodyKeys {
		b = append(b, `"`+key+`":`...)
		b = append(b, r.raw[key]...)
		b = append(b, ',')
	}

	return append(b, `"status":"`+statusDone+`"}`...)
}

const (
	statusDone = "updated successfully"
	// failed is the documented answer (shared/platform/CONTRACT.md section 3.2) to every POST that names another customer than the order's, or none.
	failed = `{"error":"failed to update customers","reason":"no entry exist in customer table"}`
)
