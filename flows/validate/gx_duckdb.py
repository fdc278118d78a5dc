"""Great Expectations on DuckDB: a data source and an execution engine that keep their one connection.

Great Expectations 1.24 takes a connection for each query and gives it back before the rows are fetched. A DuckDB result
dies with its connection, so every expectation fails (great_expectations#11579). The classes here build on the extension
points that the library offers (`SQLDatasource`, `TableAsset`, `SqlAlchemyExecutionEngine`); nothing in it is replaced.

Importing this module imports Great Expectations, which takes some three seconds: import it where it is used.
"""

# ruff: noqa: E402 -- what is settled before Great Expectations is imported stands before its imports.

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

# Read at import by the versions that send usage events.
os.environ["GX_ANALYTICS_ENABLED"] = "False"


def _load_when_used(package: str, name: str) -> None:
    """Let the import of a submodule wait until something in it is asked for."""
    full_name = f"{package}.{name}"
    spec = importlib.util.find_spec(full_name)
    if full_name in sys.modules or spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    sys.modules[full_name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    setattr(importlib.import_module(package), name, module)


# For expectations on the shape of a distribution, of which the suites have none: a quarter of the library's import.
_load_when_used("scipy", "stats")

import great_expectations as gx
import sqlalchemy
from great_expectations.compatibility import pydantic
from great_expectations.core.batch import BatchMarkers
from great_expectations.core.id_dict import BatchSpec
from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource, TableAsset
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

# The data source has a field of the name `type`, so the types of classes are named outside of it.
AssetClass: TypeAlias = type[DataAsset[Any, Any]]
TableAssetClass: TypeAlias = type[TableAsset]
EngineClass: TypeAlias = type[SqlAlchemyExecutionEngine]

WHOLE_TABLE = "whole table"


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Runs the queries of expectations on one read-only DuckDB connection, kept until `close`.

    A batch is the table itself, so that `{batch}` in a query becomes `schema.table` and not a subquery.
    """

    @contextmanager
    def get_connection(self) -> Generator[sqlalchemy.Connection]:
        """Give the connection of this engine; open it at the first call."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def get_batch_data_and_markers(self, batch_spec: BatchSpec) -> tuple[SqlAlchemyBatchData, BatchMarkers]:
        """Give the batch of a table named `schema.table`: the whole table, without a copy or a temporary table."""
        self._inspector = None
        schema_name, table_name = str(batch_spec["table_name"]).split(".", maxsplit=1)
        batch_data = SqlAlchemyBatchData(execution_engine=self, schema_name=schema_name, table_name=table_name)
        return batch_data, BatchMarkers({"ge_load_time": None})

    def close(self) -> None:
        """Close the connection and let go of the file; it may be moved or opened for writing afterwards."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class NoUnexpectedRows(QueryMetricProvider):
    """The rows that break a rule, for the results: none of them.

    Great Expectations asks for the first 200 by a query of its own, beside the one that counts them. The results hold
    counts only, and the rows are in `quality.findings`, so each rule costs one scan of its table and not two.
    """

    metric_name = "unexpected_rows_query.table"
    value_keys = ("unexpected_rows_query",)

    @staticmethod
    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(**_: object) -> list[dict[str, Any]]:
        return []


class DuckDBTableAsset(TableAsset):
    """A table of the database, named `schema.table`."""

    def test_connection(self) -> None:
        """Do nothing: a missing table fails the expectations of its own suite, and the others still run."""


class DuckDBDatasource(SQLDatasource):
    """A DuckDB file, opened read-only.

    database: path of the file. `connection_string` is of no use here: a path with a dollar sign would be read as a
    variable of Great Expectations.
    """

    asset_types: ClassVar[list[AssetClass]] = [DuckDBTableAsset]
    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]
    connection_string: str = "duckdb://"
    database: str

    _TableAsset: TableAssetClass = pydantic.PrivateAttr(DuckDBTableAsset)

    @property
    def execution_engine_type(self) -> EngineClass:
        """Give the class of the execution engine."""
        return DuckDBExecutionEngine

    def get_execution_engine(self) -> DuckDBExecutionEngine:
        """Give the execution engine of this data source; there is one, with one connection."""
        if self._execution_engine is None:
            self._execution_engine = DuckDBExecutionEngine(engine=open_engine(Path(self.database)))
        engine: DuckDBExecutionEngine = self._execution_engine
        return engine

    def get_engine(self) -> sqlalchemy.Engine:
        """Give the SQLAlchemy engine that the execution engine uses."""
        return self.get_execution_engine().engine

    def test_connection(self, test_assets: bool = True) -> None:
        """Open the file and run a query; raises what DuckDB raises when the file cannot be read."""
        with self.get_execution_engine().get_connection() as connection:
            connection.execute(sqlalchemy.text("SELECT 1")).fetchall()


def open_engine(database: Path) -> sqlalchemy.Engine:
    """Give a SQLAlchemy engine that opens the file read-only, with one connection."""
    return sqlalchemy.create_engine(
        sqlalchemy.URL.create("duckdb", database=str(database)),
        connect_args={"read_only": True},
        poolclass=sqlalchemy.StaticPool,
    )


def make_context() -> AbstractDataContext:
    """Give a context of Great Expectations that lives in memory: no files, no progress bars, no usage events."""
    return gx.get_context(
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        )
    )


@contextmanager
def open_datasource(database: Path, tables: Iterable[str]) -> Iterator[DuckDBDatasource]:
    """Open tables (`schema.table`) of a DuckDB file for Great Expectations, read-only; let go of the file at the end.

    Raises FileNotFoundError when there is no such file.
    """
    if not database.is_file():
        raise FileNotFoundError(f"{database}: no such database; the suites have nothing to check")
    datasource = DuckDBDatasource(name="registry", database=str(database))
    # Before the context knows the data source, because it writes its configuration anew for each table it is told of.
    for table in sorted(set(tables)):
        datasource.add_table_asset(name=table, table_name=table).add_batch_definition_whole_table(WHOLE_TABLE)
    try:
        make_context().data_sources.add_duckdb(datasource)
        yield datasource
    finally:
        datasource.get_execution_engine().close()


def table_batch(datasource: DuckDBDatasource, table: str) -> Batch:
    """Give the batch of a table that was opened: all of its rows."""
    batch: Batch = datasource.get_asset(table).get_batch_definition(WHOLE_TABLE).get_batch()
    return batch


def count_rows(datasource: DuckDBDatasource, table: str, condition: str = "") -> int:
    """Count the rows of a table (`schema.table`), or those that a SQL condition holds for."""
    schema_name, table_name = table.split(".", maxsplit=1)
    counted = sqlalchemy.select(sqlalchemy.func.count()).select_from(sqlalchemy.table(table_name, schema=schema_name))
    if condition:
        counted = counted.where(sqlalchemy.text(condition))
    return int(datasource.get_execution_engine().execute_query(counted).scalar_one())
