package cloudview

import (
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// What stands for a text that is masked.
const (
	phoneMask  = "••• phone"
	mailMask   = "••• e-mail"
	nameMask   = "••• name"
	textMask   = "••• text"
	secretMask = "••• secret"
)

// place is where a value stands, as far as that says what it may tell.
type place struct {
	// name is the field's, in lower case.
	name string
	// brand says that a brand, or the platform, wrote what stands here: its names and texts are no shopper's.
	brand bool
	// within is the part of the document that tells of a person, if the value is in one.
	within string
}

// textPlace is the name of fields that hold what people write.
const textPlace = "text"

// brandCollections hold settings and templates.
var brandCollections = []string{"accounts", "platformApps", "templates", "slugs"}

// placeOf is the place of a document.
func placeOf(path string) place {
	root, _, _ := strings.Cut(path, "/")
	return place{brand: slices.Contains(brandCollections, root)}
}

// in is the place of a field.
func (p place) in(field string) place {
	p.name = strings.ToLower(field)

	switch {
	case strings.Contains(p.name, "address"):
		p.within = "address"
	case p.name == "by":
		p.within = "by"
	}

	return p
}

// as is the place under another name.
func (p place) as(name string) place {
	p.name = name
	return p
}

// The fields that a name gives away.
var (
	secretNames = []string{"token", "secret", "password", "apikey", "api_key", "authorization", "signature", "credential", "guestkey"}
	phoneNames  = []string{"phone", "mobile", "contact", "recipient", "destination", "msisdn", "wa_id"}
	textNames   = []string{textPlace, "body", "caption", "notes", "landmark", "remarks", "description", "title", "shown", "city", "postalcode", "pincode"}
	placeNames  = []string{"latitude", "longitude"}
)

// actors are those that act and are no person.
var actors = []string{"platform", "SYSTEM", "shopper"}

var (
	mail = regexp.MustCompile(`[^\s@<>"',;:]+@[^\s@<>"',;:]+\.[^\s@<>"',;:]+`)

	// reference is the name of a secret's version in Secret Manager, which opens nothing.
	reference = regexp.MustCompile(`^(projects/[^/]+/secrets/)?[A-Za-z0-9_-]+/versions/\d+$`)

	// digits that are no phone: hashes, ids in the form of a UUID, dates.
	noPhone = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|` +
		`\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?`)

	// apart are blanks between digits.
	apart = regexp.MustCompile(`(\d)[ \x{a0}.]+(\d)`)

	// word is an id, a state or a code, such as people write none: one word in small letters at its beginning, in capitals, or with a digit.
	word  = regexp.MustCompile(`^([a-z][A-Za-z0-9_./:+=#\-]*|[A-Z0-9#][A-Z0-9_./:+=#\-]*)$`)
	code  = regexp.MustCompile(`^[\x21-\x7e]*[0-9][\x21-\x7e]*$`)
	brace = "{}[]\"'"
)

// masker decides what is masked: telephone numbers, e-mail addresses and secrets wherever they stand, and names and texts unless they are a brand's. Of
// what it does not know it shows only what people do not write: numbers, ids, states.
type masker struct {
	// secrets are the values that Secret Manager holds.
	secrets []string
}

// text is a text as it may be seen: as it is, or masked as a whole.
func (m *masker) text(at place, text string) string {
	switch {
	case text == "":
		return text
	case m.opens(at, text):
		return secretMask
	case mail.MatchString(text) || at.name == "email" || at.name == "mail" && strings.Contains(text, "@"):
		return mailMask
	case hasPhone(text) || at.isPhone() && !isHash(text):
		return phoneMask
	case at.within != "":
		return nameMask
	case at.brand:
		return text
	case strings.HasSuffix(at.name, "name") || at.name == "actor" && !slices.Contains(actors, text):
		return nameMask
	case slices.Contains(textNames, at.name) || !isWord(text):
		return textMask
	default:
		return text
	}
}

// number is a number of JSON as it may be seen.
func (m *masker) number(at place, number string) string {
	switch {
	case at.isPhone() || hasPhone(number):
		return phoneMask
	case slices.Contains(placeNames, at.name):
		return textMask
	default:
		return number
	}
}

// key is the name of a field or of a document as it may be seen.
func (m *masker) key(name string) string {
	switch {
	case m.holdsSecret(name):
		return secretMask
	case mail.MatchString(name):
		return mailMask
	case hasPhone(name):
		return phoneMask
	default:
		return name
	}
}

// opens reports whether a text is something that opens something.
func (m *masker) opens(at place, text string) bool {
	if m.holdsSecret(text) {
		return true
	}
	if reference.MatchString(text) || isHash(text) {
		return false
	}

	return slices.Contains(secretNames, strings.ReplaceAll(at.name, "-", ""))
}

// holdsSecret reports whether a text has the value of a secret in it.
func (m *masker) holdsSecret(text string) bool {
	return slices.ContainsFunc(m.secrets, func(s string) bool { return strings.Contains(text, s) })
}

// isPhone reports whether the field is one of telephone numbers. Keys made of numbers are none.
func (p place) isPhone() bool {
	return !strings.HasSuffix(p.name, "key") && !strings.HasSuffix(p.name, "keys") &&
		slices.ContainsFunc(phoneNames, func(part string) bool { return strings.Contains(p.name, part) })
}

// hasPhone reports whether a text has what could be somebody's number in it.
func hasPhone(text string) bool {
	text = noPhone.ReplaceAllString(text, " ")
	joined := apart.ReplaceAllString(apart.ReplaceAllString(text, "$1$2"), "$1$2") // a match takes its digits, and the next begins after them

	return phone.Within(text) || phone.Within(joined)
}

// isHash reports whether a text is a hash, an id or a date, as a whole.
func isHash(text string) bool { return noPhone.FindString(text) == text }

// isWord reports whether a text is none that people write.
func isWord(text string) bool {
	return !strings.ContainsAny(text, brace) && (word.MatchString(text) || code.MatchString(text) || isHash(text))
}
