package handset

import (
	"slices"
	"unicode/utf8"
)

// Reply is a shopper's answer.
type Reply struct {
	// Text is what is written; the caption for kinds with media, and what comes along with an order.
	Text string `json:"text,omitempty"`
	// Button is the label of the quick-reply button that is tapped.
	Button string `json:"button,omitempty"`
	// To is the id of the message that is answered. A tap without it goes to the newest message with such a button,
	// a text without it is no answer to any message and goes to the sender who wrote last. Of an edit or a revoke it is the id of the
	// shopper's own message.
	To string `json:"to,omitempty"`
	// Kind is text (the default), image, document, audio, video, sticker, location, contact, reaction, order, edit or revoke.
	Kind string `json:"kind,omitempty"`
	// App sends a text to this app of a provider, without any message before it.
	App string `json:"app,omitempty"`
	// Name is the shopper's profile name; "Shopper" if empty.
	Name string `json:"name,omitempty"`
	// Latitude and Longitude are a location's, in degrees; a place of the simulator's choice if both are left out. Place is its name.
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
	Place     string   `json:"place,omitempty"`
	// CatalogID and Items are an order's.
	CatalogID string      `json:"catalogId,omitempty"`
	Items     []OrderItem `json:"items,omitempty"`
	// Product is the seller's id of the product that a text asks about; CatalogID is where it is.
	Product string `json:"product,omitempty"`
	// HideNumber has the callback name the shopper by a user id alone.
	HideNumber bool `json:"hideNumber,omitempty"`
	// Standby is a message in a conversation that another sender holds.
	Standby bool `json:"standby,omitempty"`
	// Original is the shopper's own message that an edit or a revoke is about. The book fills it in, and puts what that message
	// answered into To.
	Original string `json:"-"`
}

// OrderItem is a line of an order.
type OrderItem struct {
	// RetailerID is the seller's id of the product.
	RetailerID string  `json:"retailerId"`
	Quantity   int     `json:"quantity"`
	Price      float64 `json:"price"`
	Currency   string  `json:"currency"`
}

// FieldError is a reply whose field has no place in it, or none at its provider.
type FieldError struct {
	// Field is the field's name in JSON.
	Field string
	// Problem is what is wrong with it.
	Problem string
}

// Error says what is wrong.
func (e *FieldError) Error() string { return e.Problem }

// kinds are the sorts of message a shopper can write.
var kinds = []string{
	"", "text", "image", "document", "audio", "video", "sticker", "location", "contact", "reaction", "order", kindEdit, kindRevoke,
}

const (
	kindEdit   = "edit"
	kindRevoke = "revoke"
)

// changes reports whether the reply is about an earlier message of the shopper's own.
func (r *Reply) changes() bool { return r.Kind == kindEdit || r.Kind == kindRevoke }

// check returns an error about a reply that no phone could send.
func (r *Reply) check() error {
	if !slices.Contains(kinds, r.Kind) {
		return ErrUnknownKind
	}

	text := r.Kind == "" || r.Kind == "text"
	if (r.Button != "" && (r.Text != "" || r.Kind != "")) || (r.Button == "" && r.Text == "" && text) {
		return ErrInvalidReply
	}

	for _, rule := range slices.Concat(r.lengthRules(), r.changeRules(), r.placeRules(), r.orderRules(text)) {
		if rule.broken {
			return &FieldError{Field: rule.field, Problem: rule.problem}
		}
	}

	return nil
}

// rule is what a field must be, and whether it is not.
type rule struct {
	field   string
	broken  bool
	problem string
}

// The most characters that WhatsApp lets a shopper write.
const (
	maxText    = 4096
	maxCaption = 1024
)

// lengthRules are those of a text, and of the caption that another kind has.
func (r *Reply) lengthRules() []rule {
	n, caption := utf8.RuneCountInString(r.Text), !slices.Contains([]string{"", "text", kindEdit}, r.Kind)

	return []rule{
		{"text", !caption && n > maxText, "is longer than the 4,096 characters of a text at WhatsApp"},
		{"text", caption && n > maxCaption, "is longer than the 1,024 characters of a caption at WhatsApp"},
	}
}

// changeRules are those of an edit and a revoke.
func (r *Reply) changeRules() []rule {
	return []rule{
		{"to", r.changes() && r.To == "", "must be the id of what the shopper wrote, as this route answered it"},
		{"text", r.Kind == kindEdit && r.Text == "", "is missing: it is the new text"},
		{"text", r.Kind == kindRevoke && r.Text != "", "is nothing that is taken back"},
	}
}

// placeRules are those of a location.
func (r *Reply) placeRules() []rule {
	const with = "goes with the kind location"

	other := r.Kind != "location"

	return []rule{
		{"latitude", other && r.Latitude != nil, with},
		{"longitude", other && r.Longitude != nil, with},
		{"place", other && r.Place != "", with},
		{"latitude", r.Longitude != nil && r.Latitude == nil, "is missing"},
		{"longitude", r.Latitude != nil && r.Longitude == nil, "is missing"},
		{"latitude", outside(r.Latitude, 90), "is outside -90 to 90"},
		{"longitude", outside(r.Longitude, 180), "is outside -180 to 180"},
	}
}

// orderRules are those of an order, and of a text that asks about a product.
func (r *Reply) orderRules(text bool) []rule {
	order, asks := r.Kind == "order", r.Product != ""

	return []rule{
		{"items", !order && len(r.Items) > 0, "goes with the kind order"},
		{"items", order && len(r.Items) == 0, "is missing"},
		{"items", slices.ContainsFunc(r.Items, OrderItem.odd), "must have a retailerId, a quantity of 1 or more, a price of 0 or more, and a currency"},
		{"product", asks && (!text || r.Button != ""), "goes with a text"},
		{"catalogId", r.CatalogID == "" && (order || asks), "is missing"},
		{"catalogId", r.CatalogID != "" && !order && !asks, "goes with the kind order, or with product"},
	}
}

func outside(degrees *float64, most float64) bool {
	return degrees != nil && !(*degrees >= -most && *degrees <= most)
}

func (i OrderItem) odd() bool {
	return i.RetailerID == "" || i.Quantity < 1 || i.Price < 0 || i.Currency == ""
}

// Where is the location's place in degrees.
func (r *Reply) Where() (latitude, longitude float64) {
	if r.Latitude == nil || r.Longitude == nil {
		return 18.5204, 73.8567
	}
	return *r.Latitude, *r.Longitude
}

// maxSaid is how many of its own messages a phone can change or take back.
const maxSaid = 100

// Reply answers from the phone with that number, as the phone is set. It returns the provider's id of the inbound message,
// which reaches the receivers by callback, or one of this package's errors.
func (b *Book) Reply(number string, r Reply) (string, error) {
	number = digits(number)
	if err := r.check(); err != nil {
		return "", err
	}

	set := b.Settings(number)
	if set.Off {
		return "", ErrOff
	}

	r.HideNumber = r.HideNumber || set.HideNumber
	r.Standby = r.Standby || set.Agent

	owner, err := b.address(number, &r)
	if err != nil {
		return "", err
	}

	// The place in the thread comes before the callback: what is answered to that stands below.
	place, wrote := b.next(), newSaid(&r, b.now())
	if wrote.ID, err = owner.Answer(number, r); err != nil {
		return "", err
	}

	if r.changes() {
		b.change(number, &r)
		return wrote.ID, nil
	}

	b.remember(number, said{
		Said:  wrote,
		seq:   place,
		app:   r.App,
		owner: owner,
	})

	return wrote.ID, nil
}

// next is the place of one more message.
func (b *Book) next() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()

	b.seq++

	return b.seq
}

// remember keeps what a shopper wrote, so that it can be changed.
func (b *Book) remember(number string, s said) {
	b.mu.Lock()
	defer b.mu.Unlock()

	most := maxSaid
	if b.keep > 0 {
		most = min(most, b.keep)
	}

	p := b.phone(number)
	p.said = append(p.said, s)
	p.said = p.said[max(0, len(p.said)-most):]
}

// original finds who has the shopper's message that the reply is about, and completes the reply.
func (b *Book) original(number string, r *Reply) (Owner, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	p := b.phones[number]
	if p == nil {
		return nil, ErrUnknownMessage
	}

	i := slices.IndexFunc(p.said, func(s said) bool { return s.ID == r.To })
	if i < 0 {
		return nil, ErrUnknownMessage
	}

	r.App, r.Original, r.To = p.said[i].app, r.To, p.said[i].To

	return p.said[i].owner, nil
}
