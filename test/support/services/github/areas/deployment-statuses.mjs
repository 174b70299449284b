import { createStatus } from '../deploying.mjs'
import { found, refuse } from '../refusal.mjs'
import { statusShape } from '../shapes.mjs'

export const deploymentStatuses = {
  'repos/list-deployment-statuses': ({ params, view, world }) => {
    const { id } = found(view.get('deployments', Number(params.deployment_id)))
    return { list: view.by('deploymentStatuses', 'deployment', id).toReversed(), render: (status) => statusShape(world, view, status) }
  },

  'repos/create-deployment-status': ({ params, body, world, actor }) => {
    const deployment = found(world.store.head.get('deployments', Number(params.deployment_id)))
    const { state, description = '', log_url: logUrl, target_url: targetUrl, environment, environment_url: environmentUrl = '', auto_inactive: autoInactive } = body
    // GitHub counts characters, not bytes.
    if ([...description].length > 140) refuse(422, 'Validation Failed', { errors: [{ resource: 'DeploymentStatus', code: 'custom', field: 'description', message: 'description is too long (maximum is 140 characters)' }] })
    const made = createStatus(world, deployment, {
      state, description, logUrl: logUrl ?? targetUrl ?? '', environmentUrl, creator: actor,
      ...(environment === undefined ? {} : { environment }), ...(autoInactive === undefined ? {} : { autoInactive }),
    })
    return { status: 201, body: statusShape(world, world.store.head, made) }
  },

  'repos/get-deployment-status': ({ params, view, world }) => {
    const status = found(view.get('deploymentStatuses', Number(params.status_id)))
    if (status.deployment !== Number(params.deployment_id)) refuse(404, 'Not Found')
    return { status: 200, body: statusShape(world, view, status) }
  },
}
