package cloudapi

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Unfamiliar returns the reading of a field or a type that no parser knows; raw is the part of the callback that holds the value.
// It is kept as it came if a shopper's message may lie in it. Of anything else only the name and the shape are told.
func Unfamiliar(name lenient.Text, value, raw json.RawMessage) Reading {
	var v any
	if len(value) > 0 && json.Unmarshal(raw, &v) == nil && !namesShopper(v) {
		return Reading{Events: []provider.Event{{
			Kind:        provider.KindIgnored,
			UnreadField: &provider.UnreadField{Name: logging.Word(string(name)), Shape: logging.Shape(value)},
		}}}
	}

	return unread(raw, true)
}

// shopperNames are the names under which a message or a choice stands, or says whose it is, in the wires of all providers; in small
// letters, without underscores.
var shopperNames = names(`messages userpreferences contacts
	from fromuserid source sender senderid to recipient recipientid recipientuserid destination
	waid userid usernumber userphone usermobile customer customerid customerphone customernumber contact contactid subscriber subscriberid
	phone phones phonenumber mobile mobilenumber mobileno msisdn`)

// businessNames are the names under which the brand's own number stands: of news about that no shopper hears.
var businessNames = names(`metadata displayphonenumber`)

func names(list string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		all[name] = true
	}

	return all
}

// plainName returns a field's name in small letters, without underscores and hyphens: waId, wa_id and WA-ID are one.
var plainName = strings.NewReplacer("_", "", "-", "")

// namesShopper reports whether a shopper may be named anywhere in a value: by a field's name, or by a text in the form of a number or
// of a user id under any name, or by a number in such a form that has a text beside it. Ids of accounts, numbers and templates are
// digits that a number could have as well; so digits under a name that ends in "id" are none.
func namesShopper(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		worded := hasText(v)

		for name, part := range v {
			name = strings.ToLower(plainName.Replace(name))
			if underName(name, part) || worded && mayCount(name) && isNumber(part) {
				return true
			}
		}
	case []any:
		if slices.ContainsFunc(v, namesShopper) {
			return true
		}
	case string:
		return isCertainUserID(v) || phone.Resembles(v)
	}

	return false
}

// underName reports whether a field of a plain name may name a shopper.
func underName(name string, value any) bool {
	s, isText := value.(string)

	switch {
	case value == nil || isText && strings.TrimSpace(s) == "" || businessNames[name]:
		return false
	case shopperNames[name]:
		return true
	case isText && strings.HasSuffix(name, "id"):
		return isCertainUserID(s)
	default:
		return namesShopper(value)
	}
}

// hasText reports whether a value of an object is a text.
func hasText(object map[string]any) bool {
	for _, part := range object {
		if s, ok := part.(string); ok && strings.TrimSpace(s) != "" {
			return true
		}
	}

	return false
}

// mayCount reports whether a number under a plain name may be a shopper's: it is no id, and not the brand's own.
func mayCount(name string) bool {
	return !strings.HasSuffix(name, "id") && !strings.HasSuffix(name, "ids") && !businessNames[name]
}

// isNumber reports whether a JSON number, or one in a list, has the form of a telephone number with its calling code. Epoch
// milliseconds have 13 digits and none of a calling code's form until the year 2033.
func isNumber(v any) bool {
	const fewest, most = 11, 13

	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, isNumber)
	case float64: // exact up to 15 digits
		digits := strconv.FormatFloat(v, 'f', -1, 64)
		return v == math.Trunc(v) && v > 0 && len(digits) >= fewest && len(digits) <= most && phone.Resembles(digits)
	default:
		return false
	}
}

// isCertainUserID reports whether a text can be nothing but a user id: names of files and hosts have small letters and no digits
// (CONTRACT.md section 2.2).
func isCertainUserID(s string) bool {
	return isUserID(s) && s[:2] == strings.ToUpper(s[:2]) && strings.ContainsAny(s[3:], "0123456789")
}
