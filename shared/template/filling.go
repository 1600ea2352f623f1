package template

import "slices"

// Filling is what a brand set for one event in addition to the template: which value goes into which place of it. A message keeps it from
// its first claim on.
type Filling struct {
	// Variables are the keys of the template's placeholders, in order.
	Variables []string `firestore:"variables,omitempty"`
	// Texts are what stands in the placeholders whose key is empty, by the same index; a filling without such texts has none.
	Texts []string `firestore:"texts,omitempty"`
	// Names are what the template called its placeholders when they were mapped, in the same order; a filling of before they
	// were kept has none. They show that a template was edited since.
	Names []string `firestore:"names,omitempty"`
	// Copy is the fingerprint of the copy of the template that all this was held against when it was saved; a filling of before that was kept
	// has none. It names the text that was approved of.
	Copy string `firestore:"copy,omitempty"`
	// Actions are what a tap on a button of a failed delivery asks for, "ACTF001" to "ACTF004", by the button's index. Where
	// there is none, the button's label says it.
	Actions []string `firestore:"actions,omitempty"`
	// Media is what a header shows that is no text.
	Media Media `firestore:"media,omitzero"`
	// CopyCode is what a copy-code button copies.
	CopyCode Value `firestore:"copyCode,omitzero"`
	// Payment is what the templates of WhatsApp's payments need; the zero value is that of all others.
	Payment Payment `firestore:"payment,omitzero"`
}

// Value is a text that is always the same, or that of a variable.
type Value struct {
	// Variable is the variable's key; it goes before Text.
	Variable string `firestore:"variable,omitempty"`
	Text     string `firestore:"text,omitempty"`
}

// IsZero reports whether there is no value at all.
func (v Value) IsZero() bool { return v == Value{} }

// Placeholder is what stands in a placeholder, and what the template calls that.
type Placeholder struct {
	Name string
	Value
}

// Place sets what stands in the placeholders, in their order. Texts and Names stay nil if none has one.
func (f *Filling) Place(all []Placeholder) {
	f.Variables, f.Texts, f.Names = nil, nil, nil

	for i, p := range all {
		f.Variables = append(f.Variables, p.Variable)
		f.Texts = put(f.Texts, len(all), i, p.Text)
		f.Names = put(f.Names, len(all), i, p.Name)
	}
}

// put puts a text that is not empty into a list of n, which is made for the first one.
func put(list []string, n, i int, text string) []string {
	if text == "" {
		return list
	}
	if list == nil {
		list = make([]string, n)
	}

	list[i] = text

	return list
}

// Media is the file or the place that a header shows.
type Media struct {
	// Link is an https address, such as that of the variable "invoice".
	Link Value `firestore:"link,omitzero"`
	// ID is the provider's id of an uploaded file, from providers that take uploads; it goes before Link.
	ID string `firestore:"id,omitempty"`
	// Filename is what a document is called; empty for a name made from the order's number or the link.
	Filename string `firestore:"filename,omitempty"`
	// Latitude and Longitude are decimal degrees; Name and Address what the place is called.
	Latitude  string `firestore:"latitude,omitempty"`
	Longitude string `firestore:"longitude,omitempty"`
	Name      string `firestore:"name,omitempty"`
	Address   string `firestore:"address,omitempty"`
}

// IsZero reports whether there is nothing to show.
func (m Media) IsZero() bool { return m == Media{} }

// PaymentPart says which of the two templates of WhatsApp's payments it is.
type PaymentPart string

// The templates of WhatsApp's payments, which exist in India (shared/provider/cloudapi/CONTRACT.md section 9.5).
const (
	// OrderStatus tells the news of an order that the shopper was sent for review and payment before.
	OrderStatus PaymentPart = "order_status"
	// OrderDetails sends the order for review and payment.
	OrderDetails PaymentPart = "order_details"
)

// Payment is what a template of WhatsApp's payments needs. Order and news of it find each other by the reference, so a
// brand sets the same one for both.
type Payment struct {
	Part PaymentPart `firestore:"part,omitempty"`
	// Reference is the key of the variable that names the order at WhatsApp; empty means "customer_order_id".
	Reference string `firestore:"reference,omitempty"`
	// Description is the line below the status, at most 120 characters; of an order_status only. Without one the event's
	// label stands there.
	Description Value `firestore:"description,omitzero"`
	// Goods is "physical-goods", also when empty, or "digital-goods". Type and Configuration name the way of payment as it
	// is set up at WhatsApp, and Settings is its JSON, an array. All are of an order_details only.
	Goods         string `firestore:"goods,omitempty"`
	Type          string `firestore:"type,omitempty"`
	Configuration string `firestore:"configuration,omitempty"`
	Settings      string `firestore:"settings,omitempty"`
}

// referenceKey is the variable that names the order where a brand chose no other.
const referenceKey = "customer_order_id"

// ReferenceKey is the key of the variable that names the order.
func (p Payment) ReferenceKey() string {
	if p.Reference == "" {
		return referenceKey
	}
	return p.Reference
}

// IsZero reports whether it is the template of an ordinary message.
func (p Payment) IsZero() bool { return p == Payment{} }

// values are what goes into the template's placeholders, in order.
func (f Filling) values() []Value {
	values := make([]Value, max(len(f.Variables), len(f.Texts)))
	for i, key := range f.Variables {
		values[i].Variable = key
	}

	for i, text := range f.Texts {
		values[i].Text = text
	}

	return values
}

// Keys are the keys of all variables that the filling needs, each once.
func (f Filling) Keys() []string {
	keys := slices.Clone(f.Variables)
	for _, v := range []Value{f.Media.Link, f.CopyCode, f.Payment.Description} {
		keys = append(keys, v.Variable)
	}

	if f.Payment.Part != "" {
		keys = append(keys, f.Payment.ReferenceKey())
	}

	slices.Sort(keys)
	keys = slices.Compact(keys)

	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}
