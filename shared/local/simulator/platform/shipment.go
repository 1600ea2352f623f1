package platform

import (
	"slices"
	"time"
)

const (
	failedStatus    = "failed_delivery"
	submittedStatus = "ndr_resolution_submitted"
)

// parcel is what the platform knows of a parcel beside its order's document.
type parcel struct {
	// accountID and shipment are the order's account and the parcel's externalShipmentID, as the newest event named them.
	accountID, shipment string
	// at is the time of the newest event.
	at time.Time
	// taken is the resolution of the present failed attempt; nil while there is none.
	taken *Request
}

// StatusChange is what an event tells of a shipment.
type StatusChange struct {
	OrderID, AccountID string
	// ShipmentID is the shipment's externalShipmentID, TrackingID the courier's number of it.
	ShipmentID, TrackingID string
	// Status is the new status, such as failed_delivery. Remark is the courier's; for a failed delivery, the reason.
	Status, Remark string
	// At is when it happened; the zero time means now.
	At time.Time
}

// Report has an order show what an event told: its lines of that parcel get the status. A failed delivery offers every resolution, unless
// the lines name some, and ends the resolution of an earlier attempt. Of an unknown order or parcel nothing changes, and neither by an
// event that is no newer than what the lines show.
func (s *Server) Report(c StatusChange) error {
	s.mu.Lock()
	defer s.mu.Unlock()

	o := s.orders[c.OrderID]
	if o == nil || c.Status == "" {
		return nil
	}
	if c.At.IsZero() {
		c.At = s.cfg.Clock.Now()
	}

	doc := o.document()

	lines := linesOf(doc, func(tracking string) bool { return tracking != "" && tracking == c.TrackingID })
	if len(lines) == 0 {
		return nil
	}

	if !o.known(c.TrackingID, lines).olderThan(c, lines) {
		return nil
	}

	for _, line := range lines {
		move(line, c.Status, c.Remark, c.At)
		offer(line, c)
	}

	changed, err := s.replace(o, doc)
	if err != nil {
		return err
	}

	changed.parcels[c.TrackingID] = parcel{accountID: c.AccountID, shipment: c.ShipmentID, at: c.At}

	return nil
}

// known returns what is known of a parcel. Before the first event its time is that of its lines.
func (o *order) known(tracking string, lines []map[string]any) parcel {
	p := o.parcels[tracking]
	if !p.at.IsZero() {
		return p
	}

	for _, line := range lines {
		text, _ := line["statusUpdatedAt"].(string)
		if at, err := time.ParseInLocation(timeLayout, text, india); err == nil && at.After(p.at) {
			p.at = at
		}
	}

	return p
}

// olderThan reports whether a change is news. The event of the present attempt once more is not: it must not undo a resolution.
func (p parcel) olderThan(c StatusChange, lines []map[string]any) bool {
	if !c.At.Equal(p.at) {
		return c.At.After(p.at)
	}

	return p.taken == nil && !slices.ContainsFunc(lines, func(line map[string]any) bool { return has(line, c.Status) })
}

// offer gives a line what the platform offers for its status.
func offer(line map[string]any, c StatusChange) {
	if c.Status != failedStatus {
		line["ndrDetails"] = map[string]any{}
		return
	}

	details, _ := line["ndrDetails"].(map[string]any)
	if details == nil || len(offered(line)) == 0 {
		details = map[string]any{
			"ndrCode": "0",
			"resolutions": []any{
				map[string]any{"resolutionCode": "ACTF001", "action": "Please try to deliver again"},
				map[string]any{"resolutionCode": deferral, "action": "Deliver on another day"},
				map[string]any{"resolutionCode": "ACTF003", "action": "Cancel the order"},
				map[string]any{"resolutionCode": "ACTF004", "action": "Deliver again: the reason given by the courier is not right"},
			},
		}
	}
	if c.Remark != "" {
		details["reason"] = c.Remark
	}

	line["ndrDetails"], line["ndrResolutionDetails"] = details, map[string]any{}
}

// offered returns the codes of the resolutions that a line names.
func offered(line map[string]any) []string {
	details, _ := line["ndrDetails"].(map[string]any)
	list, _ := details["resolutions"].([]any)

	var codes []string
	for _, r := range list {
		resolution, _ := r.(map[string]any)
		if code, _ := resolution["resolutionCode"].(string); code != "" {
			codes = append(codes, code)
		}
	}

	return codes
}
