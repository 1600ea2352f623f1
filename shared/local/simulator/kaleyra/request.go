package kaleyra

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of shared/provider/kaleyra/CONTRACT.md section 2 and of WhatsApp.
const (
	maxName        = 512
	maxDescription = 120
	maxRef         = 255
	maxText        = 4096
	maxFilled      = 1024
)

// order is the body of a send.
type order struct {
	Message struct {
		Product       string `json:"messaging_product"`
		RecipientType string `json:"recipient_type"`
		To            string `json:"to"`
		Type          string `json:"type"`
		Template      *struct {
			Name     string `json:"name"`
			Language struct {
				Policy string `json:"policy"`
				Code   string `json:"code"`
			} `json:"language"`
			Components *[]part `json:"components"`
		} `json:"template"`
		Text *struct {
			Body string `json:"body"`
		} `json:"text"`
		Interactive *interactive `json:"interactive"`
	} `json:"messaging_object"`
	Extra struct {
		Ref    string `json:"ref"`
		Ref1   string `json:"ref1"`
		Ref2   string `json:"ref2"`
		Source string `json:"wa_source"`
	} `json:"extra_info"`
}

// part is a component of a send.
type part struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type"`
	Index      json.Number `json:"index"`
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Type        string   `json:"type"`
	Name        string   `json:"parameter_name"`
	Text        string   `json:"text"`
	Payload     string   `json:"payload"`
	Image       *media   `json:"image"`
	Video       *media   `json:"video"`
	Document    *media   `json:"document"`
	Location    *address `json:"location"`
	OrderStatus *struct {
		Reference string `json:"reference_id"`
		Order     struct {
			Status      string `json:"status"`
			Description string `json:"description"`
		} `json:"order"`
	} `json:"order_status"`
}

type media struct {
	Link string `json:"link"`
	ID   string `json:"id"`
}

type address struct {
	Latitude  string `json:"latitude"`
	Longitude string `json:"longitude"`
}

var recipient = regexp.MustCompile(`^\+?[1-9][0-9]{7,14}$`)

// readOrder decodes a send: one JSON object of the two documented members.
func readOrder(w http.ResponseWriter, r *http.Request) (*order, *refusal) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, errPayload
	}

	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || !utf8.Valid(raw) {
		return nil, errPayload
	}

	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil, errPayload
	}

	for name := range members {
		if name != "messaging_object" && name != "extra_info" {
			return nil, errPayload
		}
	}

	var o order
	dec := json.NewDecoder(bytes.NewReader(raw))
	if dec.Decode(&o) != nil || !o.sound() {
		return nil, errPayload
	}

	for _, ref := range []*string{&o.Extra.Ref, &o.Extra.Ref1, &o.Extra.Ref2} {
		if long := []rune(*ref); len(long) > maxRef {
			*ref = string(long[:maxRef])
		}
	}

	return &o, nil
}

// sound checks the message against shared/provider/kaleyra/CONTRACT.md section 2.2.
func (o *order) sound() bool {
	m := &o.Message
	if m.Product != "whatsapp" || m.RecipientType != "" && m.RecipientType != "individual" ||
		!recipient.MatchString(m.To) {
		return false
	}

	switch m.Type {
	case "template":
		t := m.Template
		if t == nil || t.Name == "" || len([]rune(t.Name)) > maxName || t.Language.Policy != "deterministic" ||
			t.Language.Code == "" || t.Components == nil {
			return false
		}

		return !slices.ContainsFunc(*t.Components, func(p part) bool { return !p.sound() })
	case "text", "":
		return m.Text != nil && m.Text.Body != "" && len([]rune(m.Text.Body)) <= maxText
	case "interactive":
		return m.Interactive.sound()
	default:
		return false
	}
}

var orderStatuses = []string{"processing", "partially_shipped", "shipped", "completed", "canceled"}

// sound checks the form of a component; whether it fits the template is for WhatsApp to find out.
func (p *part) sound() bool {
	if len(p.Parameters) == 0 {
		return false
	}

	switch p.Type {
	case "header", "body":
		return true
	case "button":
		at, err := strconv.Atoi(p.Index.String())
		return err == nil && at >= 0 && (p.SubType == "quick_reply" || p.SubType == "url") && len(p.Parameters) == 1
	case "order_status":
		one := p.Parameters[0]
		s := one.OrderStatus
		return len(p.Parameters) == 1 && one.Type == "order_status" && s != nil && s.Reference != "" &&
			slices.Contains(orderStatuses, s.Order.Status) && len([]rune(s.Order.Description)) <= maxDescription
	default:
		return false
	}
}

// UnmarshalJSON of a parameter accepts coordinates as numbers too, as Meta does.
func (a *address) UnmarshalJSON(raw []byte) error {
	var v struct {
		Latitude  json.RawMessage `json:"latitude"`
		Longitude json.RawMessage `json:"longitude"`
	}

	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}

	a.Latitude, a.Longitude = strings.Trim(string(v.Latitude), `"`), strings.Trim(string(v.Longitude), `"`)

	return nil
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
