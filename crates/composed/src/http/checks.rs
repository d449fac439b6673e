//! The route that looks at the installation.

use api::Check;
use axum::extract::{Json, State};

use crate::{Supervisor, checks};

pub(super) async fn checks(State(supervisor): State<Supervisor>) -> Json<Vec<Check>> {
    Json(checks::all(&supervisor).await)
}
