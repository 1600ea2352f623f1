package gupshup

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// refusal is an error answer to a request.
type refusal struct {
	status  int
	message string
	// reason puts the text under "reason" instead of "message", as some of Gupshup's answers do.
	reason bool
}

func refuse(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, message: message}
}

// The documented messages (shared/provider/gupshup/CONTRACT.md section 2.5, shared/provider/gupshup/CONTRACT.md section 5.3).
const (
	msgDestination = "Invalid Destination"
	msgAppDetails  = "Invalid App Details"
	msgAppID       = "Invalid app id provided"
	msgAuth        = "Authentication Failed"
	msgBot         = "Request Bot Not Found"
	msgXSS         = "Source Contains XSS Characters"
	msgThrottled   = "Too Many Requests"
	msgURL         = "Invalid URL Passed"
	msgSubscribe   = "Unable To Create Subscription"
)

// The rest is our wording: the rules are documented, but no text for their breach.
const (
	msgForm       = "Unsupported Media Type"
	msgChannel    = "Invalid Channel"
	msgTemplate   = "Invalid Template"
	msgParams     = "Template Params Must Be Strings"
	msgCount      = "Template Params Count Mismatch"
	msgMedia      = "Invalid Message For Template Type"
	msgPostback   = "Invalid PostbackTexts"
	msgMessage    = "Invalid Message"
	msgNoTemplate = "Template Does Not Exist"
	msgModes      = "Invalid Modes"
	msgTag        = "Invalid Tag"
	msgVersion    = "Invalid Version"
	msgFlag       = "Invalid Boolean"
	msgNoSub      = "Subscription Does Not Exist"
	msgTooLarge   = "Request Entity Too Large"
)

// isForm reports whether the header announces a URL-encoded form.
func isForm(h http.Header) bool {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && t == "application/x-www-form-urlencoded"
}

// templateOrder is the decoded "template" field.
type templateOrder struct {
	id     string
	params []string
}

// parseTemplate decodes the "template" field: an id and params that are all strings, even numbers
// (shared/provider/gupshup/CONTRACT.md section 2.1).
func parseTemplate(field string) (templateOrder, *refusal) {
	var raw struct {
		ID     string            `json:"id"`
		Params []json.RawMessage `json:"params"`
	}

	if err := json.Unmarshal([]byte(field), &raw); err != nil || raw.ID == "" {
		return templateOrder{}, refuse(msgTemplate)
	}

	out := templateOrder{id: raw.ID, params: make([]string, len(raw.Params))}
	for i, p := range raw.Params {
		if len(p) == 0 || p[0] != '"' || json.Unmarshal(p, &out.params[i]) != nil {
			return templateOrder{}, refuse(msgParams)
		}
	}

	return out, nil
}

// parsePostbacks decodes "postbackTexts" against the template's buttons: each index is that of a quick-reply button
// (shared/provider/gupshup/CONTRACT.md section 2.1).
func parsePostbacks(field string, buttons []Button) (map[int]string, *refusal) {
	if field == "" {
		return nil, nil
	}

	var raw []struct {
		Index *int    `json:"index"`
		Text  *string `json:"text"`
	}

	if err := json.Unmarshal([]byte(field), &raw); err != nil {
		return nil, refuse(msgPostback)
	}

	out := make(map[int]string, len(raw))
	for _, p := range raw {
		if p.Index == nil || p.Text == nil || *p.Text == "" || *p.Index < 0 || *p.Index >= len(buttons) ||
			buttons[*p.Index].Type != QuickReply {
			return nil, refuse(msgPostback)
		}
		if _, twice := out[*p.Index]; twice {
			return nil, refuse(msgPostback)
		}

		out[*p.Index] = *p.Text
	}

	return out, nil
}

type media struct {
	Link     string `json:"link"`
	ID       string `json:"id"`
	Filename string `json:"filename"`
}

// checkMedia holds the "message" field against the template's type: present and of that type for media and location
// headers, absent for the others (shared/provider/gupshup/CONTRACT.md section 2.2).
func checkMedia(templateType, field string) *refusal {
	kind := strings.ToLower(templateType)
	if !slices.Contains([]string{"image", "video", "document", "location"}, kind) {
		if field != "" {
			return refuse(msgMedia)
		}
		return nil
	}

	var raw struct {
		Type     string `json:"type"`
		Image    *media `json:"image"`
		Video    *media `json:"video"`
		Document *media `json:"document"`
		Location *struct {
			Longitude string `json:"longitude"`
			Latitude  string `json:"latitude"`
		} `json:"location"`
	}

	if err := json.Unmarshal([]byte(field), &raw); err != nil || raw.Type != kind {
		return refuse(msgMedia)
	}

	var m *media
	switch kind {
	case "image":
		m = raw.Image
	case "video":
		m = raw.Video
	case "document":
		m = raw.Document
	default:
		if raw.Location == nil || raw.Location.Longitude == "" || raw.Location.Latitude == "" {
			return refuse(msgMedia)
		}
		return nil
	}

	if m == nil || (m.ID == "" && !isWebAddress(m.Link)) {
		return refuse(msgMedia)
	}

	return nil
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// Meta's limits for template values: no line break, no tab, at most four blanks in a row, not empty (132018), and a body of at most
// 1,024 characters (132005): shared/provider/cloudapi/CONTRACT.md section 9.2, shared/provider/cloudapi/CONTRACT.md section 9.3.
const maxBody = 1024

// checkValues returns the code that WhatsApp fails such a send with, or 0.
func (c *compiled) checkValues(params []string) int {
	for _, p := range params {
		if p == "" || strings.ContainsAny(p, "\n\r\t") || strings.Contains(p, "     ") {
			return codeParamFormat
		}
	}

	if utf8.RuneCountInString(fill(c.content.Data, params[c.header:c.header+c.body])) > maxBody {
		return codeTooLong
	}

	return 0
}
