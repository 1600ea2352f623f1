package firestore

import (
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var (
	errNoTransactions = status.Error(codes.Unimplemented, "Transactions are not part of the local Firestore.")
	errNoPast         = status.Error(codes.Unimplemented, "Reads in the past are not part of the local Firestore.")
)

// consistency is what the requests of reads share. Queries and batches may also begin a transaction.
type consistency interface {
	GetTransaction() []byte
	GetReadTime() *timestamppb.Timestamp
}

// checkPresent refuses a read that is part of a transaction, begins one, or asks for the past.
func checkPresent(r consistency) error {
	beginner, ok := r.(interface {
		GetNewTransaction() *pb.TransactionOptions
	})
	switch {
	case len(r.GetTransaction()) > 0, ok && beginner.GetNewTransaction() != nil:
		return errNoTransactions
	case r.GetReadTime() != nil:
		return errNoPast
	}

	return nil
}
