package intake

// StoredReply is what storeReply returns.
type StoredReply = storedReply

// StoreReply is storeReply, for the tests of what it returns.
var StoreReply = (*Intake).storeReply
