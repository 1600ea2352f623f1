package meta

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// sendBody is the body of a send. Keys that are not listed are refused, as Meta does.
type sendBody struct {
	Product     string           `json:"messaging_product"`
	Recipient   string           `json:"recipient_type"`
	To          string           `json:"to"`
	Type        string           `json:"type"`
	Ref         string           `json:"biz_opaque_callback_data"`
	Context     *contextBody     `json:"context"`
	Template    *templateBody    `json:"template"`
	Text        *textBody        `json:"text"`
	Interactive *interactiveBody `json:"interactive"`
}

type contextBody struct {
	MessageID string `json:"message_id"`
}

type templateBody struct {
	Name       string          `json:"name"`
	Language   languageBody    `json:"language"`
	Components []componentBody `json:"components"`
}

type languageBody struct {
	Policy string `json:"policy"`
	Code   string `json:"code"`
}

type textBody struct {
	Body    string `json:"body"`
	Preview bool   `json:"preview_url"`
}

type captionBody struct {
	Text string `json:"text"`
}

type interactiveBody struct {
	Type   string       `json:"type"`
	Body   captionBody  `json:"body"`
	Footer *captionBody `json:"footer"`
	Action struct {
		Buttons []struct {
			Type  string `json:"type"`
			Reply struct {
				ID    string `json:"id"`
				Title string `json:"title"`
			} `json:"reply"`
		} `json:"buttons"`
	} `json:"action"`
}

type componentBody struct {
	Type       string          `json:"type"`
	SubType    string          `json:"sub_type"`
	Index      json.RawMessage `json:"index"`
	Parameters []parameterBody `json:"parameters"`
}

type parameterBody struct {
	Type        string           `json:"type"`
	Name        string           `json:"parameter_name"`
	Text        *string          `json:"text"`
	Image       *mediaBody       `json:"image"`
	Video       *mediaBody       `json:"video"`
	Document    *mediaBody       `json:"document"`
	Location    *locationBody    `json:"location"`
	Payload     *string          `json:"payload"`
	Coupon      *string          `json:"coupon_code"`
	OrderStatus *orderStatusBody `json:"order_status"`
	Action      *actionBody      `json:"action"`
}

type mediaBody struct {
	ID       string `json:"id"`
	Link     string `json:"link"`
	Filename string `json:"filename"`
}

type locationBody struct {
	Latitude  string `json:"latitude"`
	Longitude string `json:"longitude"`
	Name      string `json:"name"`
	Address   string `json:"address"`
}

type orderStatusBody struct {
	Reference string `json:"reference_id"`
	Order     struct {
		Status      string `json:"status"`
		Description string `json:"description"`
	} `json:"order"`
}

type actionBody struct {
	Details *orderDetailsBody `json:"order_details"`
}

// Limits of a send, in characters (shared/provider/meta/CONTRACT.md section 2, shared/provider/cloudapi/CONTRACT.md section 9).
const (
	maxRef         = 512
	maxText        = 4096
	maxRendered    = 1024
	maxButtonTitle = 20
	maxButtonID    = 256
	maxReplies     = 3
	maxLink        = 2000
	maxCoupon      = 20
	maxDescription = 120
)

// readJSON decodes a JSON body into v, refusing keys that v has not.
func readJSON(w http.ResponseWriter, r *http.Request, v any) *refusal {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refuse(codeParameter, "The request's content type is not application/json")
	}

	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return refuse(codeParameter, "Invalid JSON, an unexpected key, or a value of the wrong type")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse(codeParameter, "Something follows the JSON")
	}

	return nil
}

// check refuses what no message may have (shared/provider/meta/CONTRACT.md section 2.1).
func (b *sendBody) check() *refusal {
	switch {
	case b.Product != "whatsapp":
		return refuse(codeParameter, "The parameter messaging_product is required.")
	case b.Recipient != "" && b.Recipient != "individual":
		return refuse(codeParameter, "recipient_type must be individual")
	case b.To == "":
		return refuse(codeMissing, "The parameter to is required.")
	case len([]rune(b.Ref)) > maxRef:
		return refuse(codeParameter, "biz_opaque_callback_data is longer than 512 characters")
	}

	return nil
}

var tolerated = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "")

// destination is the number that a message goes to: as it is with a plus, and with the business's own country code before
// it without one (shared/provider/meta/CONTRACT.md section 2.1). Empty for what is no number.
func (b *sendBody) destination(business string) string {
	to := tolerated.Replace(b.To)
	number, plus := strings.CutPrefix(to, "+")
	if !plus && strings.HasPrefix(business, "91") {
		number = "91" + number
	}

	if !phoneShape.MatchString(number) {
		return ""
	}

	return number
}

// readText checks a session text.
func (m *message) readText(b *textBody) *refusal {
	if b == nil || b.Body == "" {
		return refuse(codeMissing, "The parameter text['body'] is required.")
	}
	if utf8.RuneCountInString(b.Body) > maxText {
		return refuse(codeParameter, "text['body'] is longer than 4096 characters")
	}

	m.text = b.Body

	return nil
}

// readInteractive checks a session text with reply buttons.
func (m *message) readInteractive(b *interactiveBody) *refusal {
	switch {
	case b == nil || b.Type != "button":
		return refuse(codeInvalid, "interactive['type'] must be button")
	case b.Body.Text == "" || utf8.RuneCountInString(b.Body.Text) > maxRendered:
		return refuse(codeInvalid, "interactive['body']['text'] must have 1 to 1024 characters")
	case len(b.Action.Buttons) == 0 || len(b.Action.Buttons) > maxReplies:
		return refuse(codeInvalid, "interactive['action']['buttons'] must have 1 to 3 entries")
	}

	ids, titles := map[string]bool{}, map[string]bool{}
	for _, button := range b.Action.Buttons {
		id, title := button.Reply.ID, button.Reply.Title
		switch {
		case button.Type != "reply" || id == "" || utf8.RuneCountInString(id) > maxButtonID || ids[id]:
			return refuse(codeInvalid, "a button's type or id is not valid")
		case title == "" || utf8.RuneCountInString(title) > maxButtonTitle || titles[title]:
			return refuse(codeInvalid, "a button's title is not valid")
		}

		ids[id], titles[title] = true, true
		m.replies = append(m.replies, choice{id, title})
	}

	m.text = b.Body.Text

	return nil
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

var linkShape = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+$`)
