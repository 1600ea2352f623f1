package gupshup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// maxPages ends a list whose end we do not recognise.
const maxPages = 100

// errEndless says that the list of templates did not end.
var errEndless = errors.New("gupshup: list of templates does not end")

// Template reads one template by its Gupshup id. A refusal of the id is ErrNoTemplate; where the answer is of no known
// form, the list is searched instead. Other errors are *SendError.
func (p *Provider) Template(
	ctx context.Context, client *http.Client, app provider.App, id string,
) (template.Template, error) {
	req, err := p.get(ctx, app, appPath(app, "/template/"+url.PathEscape(id)))
	if err != nil {
		return template.Template{}, err
	}

	a, err := provider.Fetch(ctx, client, req)
	if err != nil {
		return template.Template{}, fmt.Errorf("gupshup: template: %w", err)
	}
	if a.Status >= 200 && a.Status < 300 {
		var body struct {
			Template json.RawMessage `json:"template"`
		}
		if lenient.Decode(a.Body, &body) == nil {
			if t, ok := decodeTemplate(body.Template); ok && t.ID == id {
				return t, nil
			}
		}

		return p.search(ctx, client, app, id)
	}

	e := refusal(a.Status, a.Header, a.Body)
	switch {
	case e.Class == message.ClassBadRequest:
		return template.Template{}, fmt.Errorf("gupshup: template: %w", provider.ErrNoTemplate)
	case e.Class == message.ClassUnknown && a.Status >= 400 && a.Status < 500:
		return p.search(ctx, client, app, id)
	}

	return template.Template{}, fmt.Errorf("gupshup: template: %w", e)
}

func (p *Provider) search(
	ctx context.Context, client *http.Client, app provider.App, id string,
) (found template.Template, err error) {
	err = p.walk(ctx, client, app, func(t template.Template) bool {
		if t.ID == id {
			found = t
		}
		return t.ID != id
	})
	if err == nil && found.ID == "" {
		err = fmt.Errorf("gupshup: template: %w", provider.ErrNoTemplate)
	}

	return found, err
}

// Templates reads all templates of the app. Errors are *SendError, or say that the list does not end.
func (p *Provider) Templates(ctx context.Context, client *http.Client, app provider.App) ([]template.Template, error) {
	var all []template.Template
	err := p.walk(ctx, client, app, func(t template.Template) bool {
		all = append(all, t)
		return true
	})
	if err != nil {
		return nil, err
	}

	return all, nil
}

// walk visits each template once, page by page from page 0, until visit has seen enough. Whether a list has pages is not
// documented, so it ends with the first page that is empty, refused, or holds nothing that was not seen before.
func (p *Provider) walk(
	ctx context.Context, client *http.Client, app provider.App, visit func(template.Template) bool,
) error {
	seen := map[string]bool{}
	for number := range maxPages {
		list, err := p.page(ctx, client, app, number)
		if err != nil {
			if number > 0 && provider.ClassOf(err) == message.ClassBadRequest {
				return nil
			}
			return err
		}

		before := len(seen)
		for _, t := range list {
			if seen[t.ID] {
				continue
			}

			seen[t.ID] = true
			if !visit(t) {
				return nil
			}
		}
		if len(seen) == before {
			return nil
		}
	}

	return errEndless
}

// page reads one page of the list.
func (p *Provider) page(
	ctx context.Context, client *http.Client, app provider.App, number int,
) ([]template.Template, error) {
	req, err := p.get(ctx, app, appPath(app, "/template?pageNo="+strconv.Itoa(number)))
	if err != nil {
		return nil, err
	}

	a, err := provider.Fetch(ctx, client, req)
	if err != nil {
		return nil, fmt.Errorf("gupshup: templates: %w", err)
	}
	var body struct {
		Status    text               `json:"status"`
		Templates *[]json.RawMessage `json:"templates"`
	}
	if a.Status < 200 || a.Status > 299 || lenient.Decode(a.Body, &body) != nil || body.Templates == nil {
		return nil, fmt.Errorf("gupshup: templates: %w", refusal(a.Status, a.Header, a.Body))
	}

	var list []template.Template
	for _, raw := range *body.Templates {
		if t, ok := decodeTemplate(raw); ok {
			list = append(list, t)
		}
	}

	return list, nil
}
