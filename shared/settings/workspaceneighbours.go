package settings

import (
	"context"
	"slices"
	"sync"
	"time"

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

		w.neighbourhoods.put(s.key, list, now.Add(age))
	}

	return slices.Clone(list)
}

// use returns what a template is used for, with the templates beside it.
func (s shelf) use(ctx context.Context, u template.Use) template.Use {
	u.Neighbours = func() []template.Template { return s.neighbours(ctx) }

	return u
}
