package settings

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// What WhatsApp decided on the other templates of an app changes rarely, and only adds to a warning: their list is read again after
// neighboursAge, and after neighboursRest where it could not be read. Of more than mostNeighbourhoods lists none is kept.
const (
	neighboursAge      = 10 * time.Minute
	neighboursRest     = time.Minute
	mostNeighbourhoods = 200
)

// neighbourhoods are the lists of templates that were read lately, by account and app.
type neighbourhoods struct {
	mu    sync.Mutex
	lists map[string]neighbourhood
}

// neighbourhood is the list of an app, until it is to be read again.
type neighbourhood struct {
	list  []template.Template
	until time.Time
}

// at returns the list that is kept.
func (n *neighbourhoods) at(key string, now time.Time) ([]template.Template, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()

	kept, there := n.lists[key]

	return kept.list, there && now.Before(kept.until)
}

// put keeps a list.
func (n *neighbourhoods) put(key string, list []template.Template, until time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()

	if n.lists == nil || len(n.lists) >= mostNeighbourhoods {
		n.lists = map[string]neighbourhood{}
	}

	n.lists[key] = neighbourhood{list: list, until: until}
}

// neighbours returns the templates of the app that the account may see, as they were lately. There are none where the provider fails: a
// warning then says less, and nothing is refused for that.
func (s shelf) neighbours(ctx context.Context) []template.Template {
	w := s.workspace
	now := w.clock.Now()

	list, kept := w.neighbourhoods.at(s.key, now)
	if !kept {
		age := neighboursAge

		var err error
		if list, err = s.all(ctx, "settings.neighbours"); err != nil {
			list, age = nil, neighboursRest
		}

		list = s.recalled(ctx, list, template.Template.IsMarketing)
		w.neighbourhoods.put(s.key, list, now.Add(age))
	}

	return slices.Clone(list)
}

// risks returns what WhatsApp may think of a template's text, and what it did decide on it and on the templates beside it.
func (s shelf) risks(ctx context.Context, t template.Template, use template.Use) []template.Finding {
	use.Neighbours = func() []template.Template { return s.neighbours(ctx) }

	every := func(template.Template) bool { return true }

	return template.Risks(s.recalled(ctx, []template.Template{t}, every)[0], use)
}

// recalled returns templates with the category that they had before or are to get, where the provider does not tell it and we know it: from
// the copies that we keep, and from news. It looks at those that are worth it. Where the copies cannot be read, templates are as the provider
// tells them.
func (s shelf) recalled(ctx context.Context, list []template.Template, worth func(template.Template) bool) []template.Template {
	var ids []string

	for _, t := range list {
		if t.PreviousCategory == "" && t.CorrectCategory == "" && worth(t) {
			ids = append(ids, t.ID)
		}
	}

	if len(ids) == 0 {
		return list
	}

	kept, err := s.workspace.store.Templates(ctx, s.App.ID, ids)
	if err != nil {
		return list
	}

	list = slices.Clone(list)
	for i, t := range list {
		if k, known := kept[t.ID]; known && slices.Contains(ids, t.ID) {
			list[i].CorrectCategory = k.Announced
			list[i].PreviousCategory = s.formerly(ctx, t, k)
		}
	}

	return list
}

// formerly returns the category that a template had before, by our copies; empty if it is the same, or not known.
func (s shelf) formerly(ctx context.Context, t template.Template, kept store.Template) string {
	category := kept.Category

	if kept.Approved != "" && kept.Approved != kept.Fingerprint() {
		if approved, err := s.workspace.store.TemplateCopy(ctx, s.App.ID, t.ID, kept.Approved); err == nil {
			category = approved.Category
		}
	}

	if strings.EqualFold(category, t.Category) {
		return ""
	}

	return category
}
