//! A list that only an owner sees: the key signs the question, and rows are chosen.

use crate::Context;
use crate::filter::{FilterArgs, RequestorArgs, Row};
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use clap::Args;
use medshare_agent::client::{ClientError, NodeClient};
use medshare_cli_terminal::{Answer, Cell, Failure, Table, TableArgs};
use medshare_crypto::sign::SigningKey;
use serde::Serialize;

/// Whose list, and which rows.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    key: KeyFileArgs,
    #[command(flatten)]
    requestor: RequestorArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

/// How a list is asked for and shown.
pub struct List<T> {
    pub ask: fn(&NodeClient, &SigningKey) -> Result<Vec<T>, ClientError>,
    pub requestor_of: fn(&T) -> &str,
    pub row_of: for<'a> fn(&'a T) -> Row<'a>,
    /// Heads of the columns.
    pub heads: &'static [&'static str],
    pub cells: fn(&T) -> Vec<Cell>,
    /// What is said where there are no rows.
    pub empty: &'static str,
}

impl<T: Serialize> List<T> {
    /// The rows that are asked for: where one is named, those of this status; of them those that are `wanted`.
    ///
    /// # Errors
    /// When node or key fail, or no requestor is so named.
    pub fn show(
        &self,
        args: &ListArgs,
        status: Option<&str>,
        wanted: impl Fn(&T) -> bool,
        context: &Context,
    ) -> Result<Answer, Failure> {
        let node = context.node()?;
        let keys = args.key.owner(context)?;
        let rows = (self.ask)(&node, &keys.signing).map_err(Told::told)?;
        let mut rows = args.requestor.keep(rows, self.requestor_of)?;
        rows.retain(wanted);
        let rows = args.filter.keep(rows, status, self.row_of);
        Answer::new(&rows, self.table(&rows, args.filter.table))
    }

    /// These rows as a table.
    pub fn table(&self, rows: &[T], args: TableArgs) -> String {
        let mut table = Table::new(self.heads);
        rows.iter().for_each(|row| table.row((self.cells)(row)));
        table.text(args, self.empty)
    }
}
