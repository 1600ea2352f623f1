package cloudapi

import "github.com/eshopbox/whatsapp-notifications/shared/template"

// Filled is the template of a send with its values.
type Filled struct {
	Name     string   `json:"name"`
	Language language `json:"language"`
	// Components are left out if nil; an empty list is sent.
	Components []Component `json:"components,omitzero"`
}

type language struct {
	Policy string `json:"policy"`
	Code   string `json:"code"`
}

// Fill returns a template of a send, in the only policy of languages that there is.
func Fill(name, code string, parts []Component) *Filled {
	return &Filled{Name: name, Language: language{"deterministic", code}, Components: parts}
}

// Component is a part of a template that has values. Index is a text: Meta takes both, and a number 0 is easily left out.
type Component struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      string      `json:"index,omitempty"`
	Parameters []Parameter `json:"parameters"`
}

// Parameter is one value; the field of its type holds it.
type Parameter struct {
	Type        string       `json:"type"`
	Name        string       `json:"parameter_name,omitempty"`
	Text        string       `json:"text,omitempty"`
	Payload     string       `json:"payload,omitempty"`
	CouponCode  string       `json:"coupon_code,omitempty"`
	Image       *File        `json:"image,omitempty"`
	Video       *File        `json:"video,omitempty"`
	Document    *File        `json:"document,omitempty"`
	Location    *Place       `json:"location,omitempty"`
	OrderStatus *orderStatus `json:"order_status,omitempty"`
	Action      any          `json:"action,omitempty"`
}

// File is the medium of a header, by its id at Meta or by its link.
type File struct {
	ID       string `json:"id,omitempty"`
	Link     string `json:"link,omitempty"`
	Filename string `json:"filename,omitempty"`
}

// Place is the location of a header.
type Place struct {
	Latitude  string `json:"latitude"`
	Longitude string `json:"longitude"`
	Name      string `json:"name,omitempty"`
	Address   string `json:"address,omitempty"`
}

type orderStatus struct {
	Reference string     `json:"reference_id"`
	Order     orderState `json:"order"`
}

type orderState struct {
	Status      string `json:"status"`
	Description string `json:"description,omitempty"`
}

// FileParameter returns the value of a header with a medium. Only a document has a name.
func FileParameter(kind template.HeaderKind, f File) Parameter {
	p := Parameter{Type: string(kind)}
	switch kind {
	case template.HeaderDocument:
		p.Document = &f
		return p
	case template.HeaderVideo:
		p.Video = &f
	default:
		p.Image = &f
	}

	f.Filename = ""

	return p
}

// OrderStatusComponent returns the part of a template that tells the status of an order. reference is the order's id in an
// earlier order_details message; the words of status are the provider's.
func OrderStatusComponent(reference, status, description string) Component {
	return Component{Type: "order_status", Parameters: []Parameter{{
		Type:        "order_status",
		OrderStatus: &orderStatus{Reference: reference, Order: orderState{Status: status, Description: description}},
	}}}
}
