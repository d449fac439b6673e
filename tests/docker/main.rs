//! Tests of this name.
