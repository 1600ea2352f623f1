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
	// root is the topic, or the collection that the document, or the one above it, is in.
	root string
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

// placeOf is the place of a document, or of a message of a topic.
func placeOf(path string) place {
	root, _, _ := strings.Cut(path, "/")
	return place{root: root, brand: slices.Contains(brandCollections, root)}
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
)

// harmless are the fields, in lower case, whose values tell nothing of a person as long as they have the form of an id, a state or a number: those that we or
// the platform fill in. All others may hold what somebody wrote, or where somebody is.
var harmless = setOf(
	// what a message, an order, an app, an event is
	"account account_id accountid account_slug accountslug app appid appheld channelid channelslug choice class code consent contextids copy customer " +
		"customerordernumber event eventsubtype eventtype eventattrs externalchannelid externalshipmentid externalshipmentids fingerprint forwardtrackingid " +
		"id ids inboundid inflight itemid learnedid message message_id messageid messagedid nonce order order_id orderid orderitemid ordernumber " +
		"others phonekey phonekeys postback provider ref reply root sender session shipmentid sid sku slug template templateheld ticket trackingid tracking " +
		"userid vendorordernumber wabaid phonenumberid linkedkey subject sourceref numbers told mail variables platformid " +
		// what is the case
		"action actions actionsource attention billable bucket category cause chargebasis chargecategory chargecurrency chargetype complete correctcategory " +
		"currency deliverable door doubts erased estimatecategory estimatecurrency filling grounds hash known keyword kind lacking language lasthash " +
		"lateststatus limit lists mime_type mode model names noticehash noticeversion notification_type off operation outcome overspent overtaken ownership part " +
		"paymenttype phase pod possibleduplicate previouscategory previoushash pricing purpose quality reason refusal resolutioncode resource riskscore " +
		"role schema silence source state status textversion timezone timeline type unbuilt unread unsayable unwanted usage vain version whatsappstatus why zone " +
		// how many and how much
		"age after asks attempt attempts balancedue cashondeliverycharges chargemicros count counts customerprice discount estimatemicros exhausted " +
		"followed iscod isgift isrefunded isrootmessage ledger lineitemsequencenumber lineitemtotal markup maxage micros mrp ordertotal price pricemicros " +
		"qc quantity rank rate sequence settings settingsversion subtotal taxamount taxrate totalmicros tries turn unitprice " +
		// what is sold, and how it goes
		"countrycode countryname couriername dimensionheight dimensionlength dimensionunit dimensionwidth esin groupcode hsncode ndrcode onhold productname " +
		"shipmethod verticalname weight weightunit " +
		// when
		"accepted at claimedat createdat date day delivered deliveredat due enqueued expireat hour lastat occurredat orderdate " +
		"overtakenat promisedeliverydate quietuntil read receivedat sent senton statusupdatedat status_updated_at taken takenat timestamp until updatedat " +
		"updated_at witness",
)

var (
	// ours are those of them that hold a person's own words where we have not filled them in: there they have one of our ids.
	ours = setOf("message reply customer subject")

	// remarks are those of them that have a courier's or a shopper's own words in what the platform says of an order.
	remarks = setOf("reason state action")

	// ofPlatform are the collections and topics that hold what the platform says.
	ofPlatform = []string{"orders", "order-events", "order-actions", "customer-notifications"}
)

// setOf is the set of the words of a text.
func setOf(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}

	return set
}

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

	// word is an id, a state or a code, as a whole: one word in small letters at its beginning, in capitals, or with a digit.
	word  = regexp.MustCompile(`^([a-z][A-Za-z0-9_./:+=#\-]*|[A-Z0-9#][A-Z0-9_./:+=#\-]*)$`)
	code  = regexp.MustCompile(`^[\x21-\x7e]*[0-9][\x21-\x7e]*$`)
	brace = "{}[]\"'"

	// idWithDashes is an id that begins with letters, such as the platform makes of an order's number, a channel and a count.
	idWithDashes = regexp.MustCompile(`^[A-Z]{1,8}(-\d+)+$`)

	// stamp is a time in such an id.
	stamp = regexp.MustCompile(`^20\d{12}$`)

	// ourID is an id that we make, or one with dashes.
	ourID = regexp.MustCompile(`[0-9a-f]{16}|^[A-Z]{1,8}(-\d+)+$`)

	// moment is a time in seconds or milliseconds since 1970, of this century.
	moment = regexp.MustCompile(`^[1-3]\d{9}(\d{3})?$`)
)

// masker decides what is masked: telephone numbers, e-mail addresses and secrets wherever they stand, and all else unless it is a brand's, or is known to be
// harmless by its name and its form. What is not known is taken for what a person wrote.
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
	case at.hasPhone(text):
		return phoneMask
	case at.within != "":
		return nameMask
	case at.brand || at.isHarmless() && isWord(text) && (!ours[at.name] || ourID.MatchString(text)):
		return text
	case at.name == "actor" && slices.Contains(actors, text):
		return text
	case strings.HasSuffix(at.name, "name") || at.name == "actor":
		return nameMask
	default:
		return textMask
	}
}

// number is a number as it may be seen: of an unknown field only if it is a time.
func (m *masker) number(at place, number string) string {
	switch {
	case at.isPhone() || hasPhone(number):
		return phoneMask
	case at.within != "":
		return nameMask
	case at.brand || at.isHarmless() || moment.MatchString(number):
		return number
	default:
		return textMask
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

// hasPhone reports whether a text that stands here is or has what could be somebody's number. The parts of a harmless field's id are no spelling of one.
func (p place) hasPhone(text string) bool {
	switch {
	case p.isPhone():
		return !isHash(text)
	case p.isHarmless() && idWithDashes.MatchString(text):
		return slices.ContainsFunc(strings.Split(text, "-"), func(part string) bool { return phone.Within(part) && !stamp.MatchString(part) })
	default:
		return hasPhone(text)
	}
}

// isHarmless reports whether the field tells nothing of a person.
func (p place) isHarmless() bool {
	return harmless[p.name] && (!remarks[p.name] || !slices.Contains(ofPlatform, p.root))
}

// hasPhone reports whether a text has what could be somebody's number in it.
func hasPhone(text string) bool {
	text = noPhone.ReplaceAllString(text, " ")
	joined := apart.ReplaceAllString(apart.ReplaceAllString(text, "$1$2"), "$1$2") // a match takes its digits, and the next begins after them

	return phone.Within(text) || phone.Within(joined)
}

// isHash reports whether a text is a hash, an id or a date, as a whole.
func isHash(text string) bool { return noPhone.FindString(text) == text }

// isWord reports whether a text has the form of an id, a state or a code. An address on the web has not: it may lead to what somebody sent.
func isWord(text string) bool {
	return !strings.Contains(text, "://") && !strings.ContainsAny(text, brace) && (word.MatchString(text) || code.MatchString(text) || isHash(text))
}
