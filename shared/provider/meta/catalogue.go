package meta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const (
	// pageSize is how many templates are asked for at once.
	pageSize = "100"
	// maxPages ends a list whose end we do not recognise; an account may have 6,000 templates.
	maxPages = 100
	// codeCursor says that a place in the list is no longer valid: the list is read again from the start.
	codeCursor = "131059"
)

// errEndless says that the list of templates did not end.
var errEndless = errors.New("meta: list of templates does not end")

// Template reads one template by its id. An id that Meta does not know for the token is ErrNoTemplate; other errors are
// *SendError.
func (p *Provider) Template(
	ctx context.Context, client *http.Client, app provider.App, id string,
) (template.Template, error) {
	if id == "" || strings.Trim(id, "0123456789") != "" {
		return template.Template{}, fmt.Errorf("meta: template: %w", provider.ErrNoTemplate)
	}

	a, err := p.ask(ctx, client, app, id, url.Values{"fields": {templateFields}})
	if err != nil {
		if e, ok := errors.AsType[*provider.SendError](err); ok && e.Code == "100" {
			err = provider.ErrNoTemplate
		}
		return template.Template{}, fmt.Errorf("meta: template: %w", err)
	}

	t, ok := decodeTemplate(a.Body)
	if !ok || t.ID != id {
		return template.Template{}, fmt.Errorf("meta: template: %w", provider.ErrNoTemplate)
	}

	return t, nil
}

// Templates reads all templates of the business account. Errors are *SendError, or say that the list does not end.
func (p *Provider) Templates(ctx context.Context, client *http.Client, app provider.App) ([]template.Template, error) {
	all, err := p.walk(ctx, client, app)
	if e, ok := errors.AsType[*provider.SendError](err); ok && e.Code == codeCursor {
		all, err = p.walk(ctx, client, app)
	}
	if err != nil {
		return nil, fmt.Errorf("meta: templates: %w", err)
	}

	return all, nil
}

// walk reads the list page by page, each template once. The address of the next page in the answer is not followed, as
// it may hold the token; its cursor is.
func (p *Provider) walk(ctx context.Context, client *http.Client, app provider.App) ([]template.Template, error) {
	var all []template.Template
	seen, cursors := map[string]bool{}, map[string]bool{}

	query := url.Values{"fields": {templateFields}, "limit": {pageSize}}
	for range maxPages {
		found, after, err := p.page(ctx, client, app, query)
		if err != nil {
			return nil, err
		}

		for _, t := range found {
			if !seen[t.ID] {
				seen[t.ID] = true
				all = append(all, t)
			}
		}
		if after == "" || cursors[after] {
			return all, nil
		}

		cursors[after] = true
		query.Set("after", after)
	}

	return nil, errEndless
}

// page reads one page of the list and the cursor of the next; empty for the last.
func (p *Provider) page(
	ctx context.Context, client *http.Client, app provider.App, query url.Values,
) (found []template.Template, after string, err error) {
	a, err := p.ask(ctx, client, app, app.ProviderIDs[KeyWABAID]+"/message_templates", query)
	if err != nil {
		return nil, "", err
	}
	var body struct {
		Data   *[]json.RawMessage `json:"data"`
		Paging struct {
			Next    text `json:"next"`
			Cursors struct {
				After text `json:"after"`
			} `json:"cursors"`
		} `json:"paging"`
	}
	if lenient.Decode(a.Body, &body) != nil || body.Data == nil {
		return nil, "", refusal(a.Status, a.Header, a.Body)
	}

	for _, raw := range *body.Data {
		if t, ok := decodeTemplate(raw); ok {
			found = append(found, t)
		}
	}
	if body.Paging.Next != "" {
		after = string(body.Paging.Cursors.After)
	}

	return found, after, nil
}

// ask reads something; the error is a *SendError for every answer that is no success.
func (p *Provider) ask(
	ctx context.Context, client *http.Client, app provider.App, path string, query url.Values,
) (provider.Answer, error) {
	req, err := p.get(ctx, app, path, query)
	if err != nil {
		return provider.Answer{}, err
	}
	return fetch(ctx, client, req)
}

// tell changes something; errors as ask.
func (p *Provider) tell(ctx context.Context, client *http.Client, app provider.App, path string, body any) error {
	req, err := p.post(ctx, app, path, body)
	if err != nil {
		return err
	}

	_, err = fetch(ctx, client, req)

	return err
}

func fetch(ctx context.Context, client *http.Client, req *http.Request) (provider.Answer, error) {
	a, err := provider.Fetch(ctx, client, req)
	if err != nil {
		return provider.Answer{}, err
	}
	if said, own := read(a.Body); !own || said.failed() || a.Status < 200 || a.Status > 299 {
		return provider.Answer{}, refusal(a.Status, a.Header, a.Body)
	}

	return a, nil
}

// templateFields are what is asked of a template.
const templateFields = "id,name,language,status,category,sub_category,parameter_format,components,quality_score,rejected_reason,previous_category,correct_category"

// templateObject is a template as Meta tells it.
type templateObject struct {
	ID         text              `json:"id"`
	Name       text              `json:"name"`
	Language   text              `json:"language"`
	Category   text              `json:"category"`
	Status     text              `json:"status"`
	Rejected   text              `json:"rejected_reason"`
	Previous   text              `json:"previous_category"`
	Correct    text              `json:"correct_category"`
	Components []json.RawMessage `json:"components"`
}

// decodeTemplate reads one template object; false for JSON that is none.
func decodeTemplate(raw json.RawMessage) (template.Template, bool) {
	var o templateObject
	if lenient.Decode(raw, &o) != nil || o.ID == "" || o.Name == "" {
		return template.Template{}, false
	}

	t := template.Template{
		ID:       string(o.ID),
		Name:     string(o.Name),
		Language: string(o.Language),
		Category: o.Category.Upper(),
		Status:   o.Status.Upper(),

		PreviousCategory: o.Previous.Upper(),
		CorrectCategory:  o.Correct.Upper(),
		RejectedReason:   template.ReasonOf(string(o.Rejected)),
	}
	cloudapi.AddComponents(&t, o.Components)
	t.Params = t.Count()

	return t, true
}
