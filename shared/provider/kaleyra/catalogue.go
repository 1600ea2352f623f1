package kaleyra

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// Template reads one template by its id, or by "name:language" where the list names no id. Kaleyra documents no request
// for a single one, so it is sought in the list. Errors are ErrNoTemplate or *SendError.
func (p *Provider) Template(
	ctx context.Context, client *http.Client, app provider.App, id string,
) (template.Template, error) {
	all, err := p.Templates(ctx, client, app)
	if err != nil {
		return template.Template{}, err
	}

	for _, t := range all {
		if t.ID == id || templateID("", t.Name, t.Language) == id {
			t.ID = id
			return t, nil
		}
	}

	return template.Template{}, fmt.Errorf("kaleyra: template: %w", provider.ErrNoTemplate)
}

// Templates reads all templates of the WhatsApp business account. Errors are *SendError.
func (p *Provider) Templates(ctx context.Context, client *http.Client, app provider.App) ([]template.Template, error) {
	if err := p.CheckConfig(app); err != nil {
		return nil, err
	}

	req, err := p.request(ctx, app, http.MethodGet, http.NoBody, app.ProviderIDs[KeyWABA], "message_templates")
	if err != nil {
		return nil, err
	}

	got, err := provider.Fetch(ctx, client, req)
	if err != nil {
		return nil, fmt.Errorf("kaleyra: templates: %w", err)
	}

	a, own := read(got.Body)
	if got.Status < 200 || got.Status > 299 || !own || !a.yes() {
		return nil, fmt.Errorf("kaleyra: templates: %w", refusal(got.Status, got.Header, got.Body))
	}
	var list []json.RawMessage
	if lenient.Decode(a.Data, &list) != nil {
		// An account without templates may have an object here, as errors have.
		list = nil
	}

	var all []template.Template
	for _, raw := range list {
		if t, ok := decodeTemplate(raw); ok {
			all = append(all, t)
		}
	}

	return all, nil
}
