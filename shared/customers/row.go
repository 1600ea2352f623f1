package customers

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/blank"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// row is what a record of a [table] says of a customer.
type row struct {
	number      phone.Number
	email, name string
	// status is empty where the brand says nothing of consent.
	status   consent.Status
	purposes []consent.Purpose
	// occurredAt is when the shopper agreed or refused; the zero time where that is not said.
	occurredAt                time.Time
	evidence                  string
	noticeVersion, noticeHash string
}

// wrongField says which field of a row is wrong, and why. Neither has anything of what stands there.
type wrongField struct {
	field column
	why   string
}

const (
	maxName  = 200
	maxEmail = 254
)

// rowOf reads what a record says, for an account and at a time.
func rowOf(r sheetRecord, accountID string, now time.Time) (row, *wrongField) {
	if r.wrong != "" {
		return row{}, &wrongField{"", r.wrong}
	}

	var (
		one row
		no  *wrongField
	)

	for _, read := range []func(sheetRecord, *row) *wrongField{
		func(r sheetRecord, _ *row) *wrongField { return wrongAccount(r, accountID) },
		readNumber,
		readContact,
		readStatus,
		readPurposes,
		func(r sheetRecord, one *row) *wrongField { return readTime(r, one, now) },
		readEvidence,
		readNotice,
	} {
		if no = read(r, &one); no != nil {
			return row{}, no
		}
	}

	return one, nil
}

func wrongAccount(r sheetRecord, accountID string) *wrongField {
	if of, told := r.fields[columnAccount]; told && of != accountID {
		return &wrongField{columnAccount, "is not the account that the file is for"}
	}

	return nil
}

var (
	// userID is the form of WhatsApp's ids of people who hide their number: a country, a dot and letters or digits.
	userID = regexp.MustCompile(`^[A-Za-z]{2}\.[0-9A-Za-z.]+$`)
	// rounded is a number as a spreadsheet shows a long one.
	rounded = regexp.MustCompile(`^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+$`)
)

func readNumber(r sheetRecord, one *row) *wrongField {
	text := r.fields[columnPhone]
	wrong := func(why string) *wrongField { return &wrongField{columnPhone, why} }

	switch {
	case strings.TrimFunc(text, blank.Is) == "":
		return wrong("is empty")
	case rounded.MatchString(text):
		return wrong("was rounded by a spreadsheet, so that digits are lost; format the column as text and fill it once more")
	case strings.HasPrefix(strings.ToLower(text), "whatsapp:"):
		return wrong("begins with whatsapp:, as addresses of Twilio do; leave that out")
	case userID.MatchString(text):
		return wrong("is WhatsApp's id of a person, and not a telephone number; no customer is found by it")
	case strings.HasPrefix(text, "="):
		return wrong("is a formula; save its value")
	}

	n, err := phone.ParseWritten(text)
	if err != nil {
		return wrong("is no telephone number: write an Indian mobile number, or one that begins with + and the country's code")
	}

	one.number = n

	return nil
}

func readContact(r sheetRecord, one *row) *wrongField {
	one.name, one.email = r.fields[columnName], r.fields[columnEmail]

	if utf8.RuneCountInString(one.name) > maxName || strings.ContainsFunc(one.name, unicode.IsControl) {
		return &wrongField{columnName, "must be one line of at most 200 characters"}
	}

	at := strings.IndexByte(one.email, '@')
	inside := func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) || c == ',' || c == ';' }

	if one.email != "" && (at < 1 || at == len(one.email)-1 || strings.Count(one.email, "@") > 1 || len(one.email) > maxEmail || strings.ContainsFunc(one.email, inside)) {
		return &wrongField{columnEmail, "is no e-mail address"}
	}

	return nil
}

func readStatus(r sheetRecord, one *row) *wrongField {
	switch status := consent.Status(strings.ToUpper(r.fields[columnStatus])); status {
	case consent.Active, consent.Inactive, "":
		one.status = status
		return nil
	default:
		return &wrongField{columnStatus, "must be ACTIVE, INACTIVE or empty"}
	}
}

// readPurposes reads what a consent is for: order updates where the file says nothing. What is closed is everything, where it says nothing.
func readPurposes(r sheetRecord, one *row) *wrongField {
	words := strings.FieldsFunc(r.fields[columnPurposes], func(c rune) bool { return strings.ContainsRune(",;|/+", c) || unicode.IsSpace(c) })

	for _, word := range words {
		p := consent.Purpose(strings.ToLower(word))
		if p != consent.OrderUpdates && p != consent.Marketing {
			return &wrongField{columnPurposes, "must be order_updates, marketing, or both with a space between"}
		}
		if !slices.Contains(one.purposes, p) {
			one.purposes = append(one.purposes, p)
		}
	}

	switch {
	case len(words) > 0 && one.status == "":
		return &wrongField{columnPurposes, "says nothing without a status"}
	case len(words) > 0:
	case one.status == consent.Active:
		one.purposes = []consent.Purpose{consent.OrderUpdates}
	case one.status == consent.Inactive:
		one.purposes = []consent.Purpose{consent.Everything}
	}

	return nil
}

func readTime(r sheetRecord, one *row, now time.Time) *wrongField {
	wrong := func(why string) *wrongField { return &wrongField{columnOccurredAt, why} }

	text := r.fields[columnOccurredAt]
	if text == "" {
		if one.status == consent.Active {
			return wrong("is missing: of a customer who is ACTIVE the brand must know when the shopper agreed")
		}

		return nil
	}

	at, err := time.Parse(time.RFC3339, text)

	switch {
	case err != nil:
		return wrong("must be a time with its zone, such as 2026-11-20T10:20:12+05:30")
	case at.After(now):
		return wrong("is in the future")
	case at.Before(earliest):
		return wrong("is before there was WhatsApp")
	}

	one.occurredAt = at.UTC()

	return nil
}

func readEvidence(r sheetRecord, one *row) *wrongField {
	one.evidence = r.fields[columnEvidence]
	wrong := func(why string) *wrongField { return &wrongField{columnEvidence, why} }

	if one.evidence == "" {
		if one.status == consent.Active {
			return wrong("is missing: name the brand's own record by which it proves that the shopper agreed")
		}

		return nil
	}

	if why := wrongReference(one.evidence); why != "" {
		return wrong(why)
	}

	return nil
}

func readNotice(r sheetRecord, one *row) *wrongField {
	one.noticeVersion, one.noticeHash = r.fields[columnNoticeVersion], strings.ToLower(r.fields[columnNoticeHash])

	if why := wrongNotice(one.noticeVersion, one.noticeHash); why != "" {
		return &wrongField{columnNoticeVersion, why}
	}

	return nil
}
