package console

import (
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// platformAppView is an app of the platform's as its people see it.
type platformAppView struct {
	settings.PlatformAppDetail
	Vendor    string
	State     badge
	Waiting   bool
	IDs       []idView
	Following bool
	Events    []offeredView
}

// offeredView is an event that the app has a template for.
type offeredView struct{ Kind, Template, Category string }

// platformApps lists the platform's own apps with how they do, for the platform's people.
func (h *handler) platformApps(c *call) error {
	all, err := h.Workspace.PlatformAppDetails(c.ctx(), c.caller)
	if err != nil {
		return err
	}

	views := make([]platformAppView, len(all))
	for i, d := range all {
		views[i] = platformAppView{
			PlatformAppDetail: d,
			Vendor:            page.ProviderLabel(d.App.Provider),
			State:             standingBadge(d.Standing.State),
			Waiting:           d.Reports && d.Witness.IsZero(),
			Following:         d.Followed < d.Version,
			Events:            offeredOf(d),
		}

		if form, unknown := h.Workspace.Form(c.caller, d.App.Provider); unknown == nil {
			views[i].IDs = idsOf(form, d.App.ProviderIDs)
		}
	}

	return c.show("platformapps", pageView{
		Title: "The platform's apps",
		Tab:   operationsTab,
		Lead:  "The accounts at providers that brands without one of their own send through.",
	}, views)
}

// offeredOf returns the events that an app has a template for, in the order of the list of events.
func offeredOf(d settings.PlatformAppDetail) []offeredView {
	var all []offeredView

	for _, e := range order.Catalog() {
		if content, has := d.Templates[e.Kind.String()]; has {
			all = append(all, offeredView{e.Kind.String(), content.TemplateID, string(d.Categories[e.Kind.String()])})
		}
	}

	return all
}
