package businessonbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// defaultLanguage is that of a template whose id names none.
const defaultLanguage = "en"

var (
	errNoTemplate = errors.New("businessonbot: template has no name")
	errNoMedia    = errors.New("businessonbot: header needs the link of its media")
)

// templateBody is the body of /wabiz/send (CONTRACT.md section 4.6).
type templateBody struct {
	Type     string           `json:"type"`
	Name     string           `json:"name"`
	Phone    string           `json:"phone"`
	Language string           `json:"language"`
	Header   []templateHeader `json:"header"`
	Body     []templateText   `json:"body"`
	Buttons  []templateButton `json:"buttons"`
}

type templateHeader struct {
	Type string `json:"type"`
	Link string `json:"link,omitempty"`
	Text string `json:"text,omitempty"`
}

type templateText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type templateButton struct {
	Type   string   `json:"type"`
	Params []string `json:"params"`
}

// BuildTemplate makes the request of template mode. Quick replies have no parameters there, so postbacks are left out.
func (p *Provider) BuildTemplate(
	ctx context.Context, app provider.App, m provider.TemplateMessage,
) (*http.Request, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}

	switch {
	case !p.ByTemplate(app):
		return nil, errEventMode
	case m.To.IsZero():
		return nil, errNoRecipient
	case m.Template.Name == "" && m.Template.ID == "":
		return nil, errNoTemplate
	}
	if err := provider.Ordinary(m); err != nil {
		return nil, fmt.Errorf("businessonbot: %w", err)
	}

	body, err := fillTemplate(&m)
	if err != nil {
		return nil, err
	}

	body.Phone = spell(app, m.To, formatDigits)

	return p.post(ctx, app, pathTemplate, headerAPIKey, body)
}

func fillTemplate(m *provider.TemplateMessage) (templateBody, error) {
	t := &m.Template
	name, language := nameOf(t.ID)
	b := templateBody{
		Type:     "template",
		Name:     cmp.Or(t.Name, name),
		Language: cmp.Or(t.Language, language),
		Header:   []templateHeader{},
		Body:     []templateText{},
		Buttons:  []templateButton{},
	}
	rest := m.Values
	// Without its text a template's places are not known; all values are then the body's.
	if t.Body != "" {
		if want := t.Count(); len(rest) != want {
			return b, fmt.Errorf("businessonbot: %w: %d values for %d places", template.ErrParamCount, len(rest), want)
		}

		n := len(template.Placeholders(t.Header.Text))
		for _, v := range rest[:n] {
			b.Header = append(b.Header, templateHeader{Type: "text", Text: v})
		}

		rest = rest[n:]
	}

	media, err := header(t, m.Media)
	if err != nil {
		return b, err
	}

	b.Header = append(b.Header, media...)
	n := len(rest)
	if t.Body != "" {
		n = len(template.Placeholders(t.Body))
	}

	for _, v := range rest[:n] {
		b.Body = append(b.Body, templateText{Type: "text", Text: v})
	}

	rest = rest[n:]
	for _, button := range t.Buttons {
		n := min(len(template.Placeholders(button.URL)), len(rest))
		if button.Kind == template.ButtonURL && n > 0 {
			b.Buttons = append(b.Buttons, templateButton{Type: "url", Params: rest[:n]})
		}

		rest = rest[n:]
	}

	return b, nil
}

// header is the medium above the text. A template of which only the name is known has one if the message brings one; its
// kind is then read off the link.
func header(t *template.Template, m provider.Media) ([]templateHeader, error) {
	kind := t.Header.Kind
	if kind == template.HeaderNone && t.Body == "" && m.Link != "" {
		kind = kindOf(m.Link)
	}

	switch kind {
	case template.HeaderNone, template.HeaderText:
		return nil, nil
	case template.HeaderImage, template.HeaderVideo, template.HeaderDocument:
		if m.Link == "" {
			return nil, errNoMedia
		}
		return []templateHeader{{Type: string(kind), Link: m.Link}}, nil
	default:
		return nil, fmt.Errorf("businessonbot: header kind %q: %w", string(kind), provider.ErrUnsupported)
	}
}

func kindOf(link string) template.HeaderKind {
	link, _, _ = strings.Cut(link, "?")
	switch strings.ToLower(path.Ext(link)) {
	case ".pdf":
		return template.HeaderDocument
	case ".mp4", ".3gp":
		return template.HeaderVideo
	default:
		return template.HeaderImage
	}
}

// Template believes that the template exists: BusinessOnBot offers no list of them. Its id is its name, or name and
// language as "order_packed_v1:en_US". It makes no call.
func (*Provider) Template(_ context.Context, _ *http.Client, _ provider.App, id string) (template.Template, error) {
	name, language := nameOf(id)
	if name == "" {
		return template.Template{}, provider.ErrNoTemplate
	}

	return template.Template{
		ID:       id,
		Name:     name,
		Language: language,
		Status:   "APPROVED",
	}, nil
}

// Templates is always empty: BusinessOnBot offers no list.
func (*Provider) Templates(context.Context, *http.Client, provider.App) ([]template.Template, error) {
	return nil, nil
}

func nameOf(id string) (name, language string) {
	name, language, _ = strings.Cut(id, ":")
	return name, cmp.Or(language, defaultLanguage)
}
