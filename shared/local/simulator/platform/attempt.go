package platform

import (
	"net/http"
	"reflect"
	"slices"
)

// refusal is what the platform answers instead of taking a resolution.
type refusal struct {
	status int
	detail string
}

// take carries out a request that is well formed. It returns what to tell of it, and whom, or why it is not taken.
func (s *Server) take(req Request) (Resolution, func(Resolution), *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()

	o := s.numbers[req.CustomerOrderNumber]
	switch {
	case o == nil:
		return Resolution{}, nil, &refusal{http.StatusNotFound, "customerOrderNumber names no order"}
	case !slices.Contains(o.phones, req.ContactPhoneNumber):
		return Resolution{}, nil, &refusal{http.StatusBadRequest, "contactPhoneNumber is not the number on the order"}
	case !slices.Contains(o.trackings, req.TrackingID):
		return Resolution{}, nil, &refusal{http.StatusBadRequest, "trackingId is not one of the order"}
	}

	res := Resolution{ID: s.cfg.IDs.UUID(), At: s.cfg.Clock.Now(), Request: req}
	taken := o.parcels[req.TrackingID].taken
	res.Repeat = taken != nil && reflect.DeepEqual(*taken, req)

	if !res.Repeat {
		var refused *refusal
		if res.Event, refused = s.carryOut(o, res); refused != nil {
			return Resolution{}, nil, refused
		}
	}

	s.resolutions = append(s.resolutions, res)
	if s.cfg.Keep > 0 && len(s.resolutions) > s.cfg.Keep {
		s.resolutions = s.resolutions[1:]
	}

	return res, s.onResolution, nil
}

// carryOut puts a resolution into the failed lines of its parcel, and returns the event that tells of it.
func (s *Server) carryOut(o *order, res Resolution) ([]byte, *refusal) {
	req := &res.Request
	doc := o.document()

	var lines []map[string]any

	var codes []string
	for _, line := range linesOf(doc, func(tracking string) bool { return tracking == req.TrackingID }) {
		if has(line, failedStatus) {
			lines = append(lines, line)
			codes = append(codes, offered(line)...)
		}
	}

	known := o.known(req.TrackingID, lines)
	switch {
	case len(lines) == 0 && known.taken != nil:
		return nil, &refusal{http.StatusConflict, "the failed delivery has another resolution"}
	case len(lines) == 0:
		return nil, &refusal{http.StatusConflict, "the shipment is not in failed delivery"}
	case !slices.Contains(codes, req.ResolutionCode):
		return nil, &refusal{http.StatusBadRequest, "resolutionCode is not offered for this failed delivery"}
	}

	for _, line := range lines {
		move(line, submittedStatus, "", res.At)
		line["ndrResolutionDetails"] = req.details()
	}

	changed, err := s.replace(o, doc)
	if err != nil {
		return nil, &refusal{http.StatusInternalServerError, "the order cannot be changed"}
	}

	known.taken = req
	changed.parcels[req.TrackingID] = known

	event, err := o.event(doc, announcement{
		status:    submittedStatus,
		accountID: known.accountID,
		shipment:  o.shipmentOf(doc, req.TrackingID),
		tracking:  req.TrackingID,
		at:        res.At,
	})
	if err != nil {
		return nil, &refusal{http.StatusInternalServerError, "the event cannot be written"}
	}

	return event, nil
}

// details are what the order shows of a resolution: all of it but whose it is.
func (r *Request) details() map[string]any {
	details := map[string]any{"resolutionCode": r.ResolutionCode}
	for key, value := range map[string]string{
		"actionSource": r.ActionSource,
		"deferredDate": r.DeferredDate,
		"remarks":      r.Remarks,
	} {
		if value != "" {
			details[key] = value
		}
	}

	if r.ShippingDetails != nil {
		details["shippingDetails"] = r.ShippingDetails
	}

	return details
}

// shipmentOf returns the externalShipmentID of a parcel: as an event named it, else by its place among the order's parcels.
func (o *order) shipmentOf(doc map[string]any, tracking string) string {
	if known := o.parcels[tracking].shipment; known != "" {
		return known
	}

	var parcels []string
	for _, t := range o.trackings {
		if !slices.Contains(parcels, t) {
			parcels = append(parcels, t)
		}
	}

	ids, _ := doc["externalShipmentIds"].([]any)
	if at := slices.Index(parcels, tracking); at >= 0 && at < len(ids) {
		id, _ := ids[at].(string)
		return id
	}

	return ""
}
